// Asio and Beast, compiled once (BOOST_ASIO_SEPARATE_COMPILATION,
// BOOST_BEAST_SEPARATE_COMPILATION).

// Beast asserts, in builds that look at it, that it is not asked again for a last chunk with fewer
// than five bytes; it reads them rightly all the same, and a client may send them one by one.
#define BOOST_DISABLE_ASSERTS
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
