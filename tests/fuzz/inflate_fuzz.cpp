// Any bytes give a body within its bounds or an error, at once and in pieces alike.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "must.hpp"
#include "wire/byte_source.hpp"
#include "wire/inflate.hpp"

namespace tidemark::fuzz {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kBytesMax = std::size_t{256} * 1024;
  if (size < 1) return 0;
  constexpr wire::Coding kCodings[] = {wire::Coding::Gzip, wire::Coding::Deflate,
                                       wire::Coding::Zstd};
  const std::string_view text{reinterpret_cast<const char*>(bytes) + 1, size - 1};
  const auto body = wire::inflate(text, kCodings[bytes[0] % 3], kBytesMax);
  if (body) MUST(body->text.size() <= kBytesMax);

  auto source = wire::decompressed(wire::text_source(std::string(text)));
  MUST(source);
  std::vector<char> piece(777);
  std::string whole;
  for (;;) {
    const auto read = (*source)->read(piece);
    if (!read || *read == 0 || whole.size() > kBytesMax) break;
    whole.append(piece.data(), *read);
  }
  const bool compressed = text.starts_with("\x1F\x8B") || text.starts_with("\x28\xB5\x2F\xFD");
  if (!compressed) MUST(whole == text);
  if (body && bytes[0] % 3 != 1 && compressed) MUST(whole == body->text);
  return 0;
}

}  // namespace tidemark::fuzz
