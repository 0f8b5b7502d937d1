#pragma once

/// Bytes to the service as a test wrote them, right or wrong, and what it answers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace tidemark::testing_support {

struct RawAnswer {
  int status = 0;  ///< 0: no answer came, or one that is not HTTP
  std::string head;
  std::string body;  ///< without the chunks' frames

  /// The first header line of that name, case ignored.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
  /// The body as JSON; null where it is none.
  [[nodiscard]] boost::json::value json() const;
};

/// A TCP connection that says exactly what it is told to. Reading gives up after 20 s.
class RawConnection {
 public:
  /// `receive_bytes`: how much the system takes in for a test that does not read; 0: its own
  /// choice. `from`: which address of this machine it comes from, "127.0.0.2"; empty: the system's
  /// choice.
  explicit RawConnection(std::uint16_t port, int receive_bytes = 0, const std::string& from = {});
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  /// False: the service has closed.
  bool send(std::string_view bytes);
  /// Sends what the system takes without waiting: so many bytes. Nothing: the service has closed.
  std::optional<std::size_t> offer(std::string_view bytes);
  /// Reads and forgets what has come, without waiting. False: the service has closed.
  bool forget_what_came();
  /// Whether the service is known to have closed; reads nothing and does not wait.
  [[nodiscard]] bool is_given_up() const;
  void end();  ///< no more from us
  /// The next answer, whole. Interim answers (1xx) are answers too.
  RawAnswer read_answer(bool without_body = false);
  /// After an answer's head: the next chunk of its body, empty where the body ends; nothing where
  /// it is cut off.
  std::optional<std::string> read_chunk();
  /// Whether the service has closed and nothing more is to be read.
  bool is_closed();

 private:
  bool fill();
  /// Up to and with `mark`, taken from what was read.
  std::optional<std::string> take_through(std::string_view mark);
  std::optional<std::string> take(std::size_t bytes);
  std::optional<std::string> take_chunks();

  int socket_;
  std::string buffer_;
};

/// Sends these bytes on a connection of their own, ends, and gives the first answer.
RawAnswer ask(std::uint16_t port, std::string_view bytes);

/// A whole POST /events.
struct Post {
  std::string body;
  std::string type = "application/json";  ///< empty: no Content-Type
  std::string fields = {};                ///< more header lines, each with its CR LF
  std::string target = "/events";
};
std::string bytes_of(const Post& post);
/// GET, HEAD and the like, without a body.
std::string bytes_of(std::string_view method, std::string_view target,
                     std::string_view fields = {});

}  // namespace tidemark::testing_support
