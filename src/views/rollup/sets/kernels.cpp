#include "views/rollup/sets/kernels.hpp"

#include <array>
#include <bit>
#include <numeric>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tidemark::views::rollup {
namespace {

using Word = std::uint64_t;

namespace plain {

template <class Combine>
std::uint32_t count(const Word* a, const Word* b, Combine combine) {
  int total = 0;
  for (std::size_t i = 0; i < kBlockWords; ++i) total += std::popcount(combine(a[i], b[i]));
  return static_cast<std::uint32_t>(total);
}

void or_into(Word* into, const Word* from) {
  for (std::size_t i = 0; i < kBlockWords; ++i) into[i] |= from[i];
}
void and_into(Word* into, const Word* from) {
  for (std::size_t i = 0; i < kBlockWords; ++i) into[i] &= from[i];
}
std::uint32_t count_one(const Word* a) {
  return count(a, a, [](Word x, Word) { return x; });
}
std::uint32_t count_and(const Word* a, const Word* b) {
  return count(a, b, [](Word x, Word y) { return x & y; });
}
std::uint32_t count_or(const Word* a, const Word* b) {
  return count(a, b, [](Word x, Word y) { return x | y; });
}
std::uint32_t count_andnot(const Word* a, const Word* b) {
  return count(a, b, [](Word x, Word y) { return x & ~y; });
}

constexpr Kernels kAll{.name = "plain",
                       .or_into = or_into,
                       .and_into = and_into,
                       .count = count_one,
                       .count_and = count_and,
                       .count_or = count_or,
                       .count_andnot = count_andnot};

}  // namespace plain

#if defined(__x86_64__)

enum class Combine : std::uint8_t { First, And, Or, AndNot };

// NOLINTBEGIN(portability-simd-intrinsics): the plain form above is the portable one.
namespace avx2 {

#define TIDEMARK_AVX2 __attribute__((target("avx2,popcnt")))

TIDEMARK_AVX2 inline __m256i load(const Word* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
TIDEMARK_AVX2 inline void store(Word* to, __m256i value) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), value);
}

TIDEMARK_AVX2 void or_into(Word* into, const Word* from) {
  for (std::size_t i = 0; i < kBlockWords; i += 4) {
    store(into + i, _mm256_or_si256(load(into + i), load(from + i)));
  }
}
TIDEMARK_AVX2 void and_into(Word* into, const Word* from) {
  for (std::size_t i = 0; i < kBlockWords; i += 4) {
    store(into + i, _mm256_and_si256(load(into + i), load(from + i)));
  }
}

template <Combine kCombine>
TIDEMARK_AVX2 inline __m256i combined(const Word* a, const Word* b) {
  if constexpr (kCombine == Combine::First) return load(a);
  if constexpr (kCombine == Combine::And) return _mm256_and_si256(load(a), load(b));
  if constexpr (kCombine == Combine::Or) return _mm256_or_si256(load(a), load(b));
  if constexpr (kCombine == Combine::AndNot) return _mm256_andnot_si256(load(b), load(a));
}

/// One bits in each byte, by looking both halves of it up in a table of sixteen (Mula).
TIDEMARK_AVX2 inline __m256i ones_by_byte(__m256i value) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i half = _mm256_set1_epi8(0x0f);
  const __m256i low = _mm256_and_si256(value, half);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(value, 4), half);
  return _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
}

template <Combine kCombine>
TIDEMARK_AVX2 std::uint32_t count(const Word* a, const Word* b) {
  constexpr std::size_t kWordsAtOnce = 4 * 16;  // 16 additions of at most 8 fit into a byte
  __m256i total = _mm256_setzero_si256();
  for (std::size_t i = 0; i < kBlockWords; i += kWordsAtOnce) {
    __m256i bytes = _mm256_setzero_si256();
    for (std::size_t j = i; j < i + kWordsAtOnce; j += 4) {
      bytes = _mm256_add_epi8(bytes, ones_by_byte(combined<kCombine>(a + j, b + j)));
    }
    total = _mm256_add_epi64(total, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
  }
  return static_cast<std::uint32_t>(
      _mm256_extract_epi64(total, 0) + _mm256_extract_epi64(total, 1) +
      _mm256_extract_epi64(total, 2) + _mm256_extract_epi64(total, 3));
}
std::uint32_t count_one(const Word* a) { return count<Combine::First>(a, a); }

constexpr Kernels kAll{.name = "avx2",
                       .or_into = or_into,
                       .and_into = and_into,
                       .count = count_one,
                       .count_and = count<Combine::And>,
                       .count_or = count<Combine::Or>,
                       .count_andnot = count<Combine::AndNot>};

bool runs_here() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"); }

}  // namespace avx2

namespace avx512 {

#define TIDEMARK_AVX512 __attribute__((target("avx512f,avx512vpopcntdq")))

TIDEMARK_AVX512 inline __m512i load(const Word* from) { return _mm512_loadu_si512(from); }

TIDEMARK_AVX512 void or_into(Word* into, const Word* from) {
  for (std::size_t i = 0; i < kBlockWords; i += 8) {
    _mm512_storeu_si512(into + i, _mm512_or_si512(load(into + i), load(from + i)));
  }
}
TIDEMARK_AVX512 void and_into(Word* into, const Word* from) {
  for (std::size_t i = 0; i < kBlockWords; i += 8) {
    _mm512_storeu_si512(into + i, _mm512_and_si512(load(into + i), load(from + i)));
  }
}

template <Combine kCombine>
TIDEMARK_AVX512 inline __m512i combined(const Word* a, const Word* b) {
  if constexpr (kCombine == Combine::First) return load(a);
  if constexpr (kCombine == Combine::And) return _mm512_and_si512(load(a), load(b));
  if constexpr (kCombine == Combine::Or) return _mm512_or_si512(load(a), load(b));
  // As a xor (a and b), because GCC 12 reports its own header as using something uninitialized.
  if constexpr (kCombine == Combine::AndNot) {
    return _mm512_xor_si512(load(a), _mm512_and_si512(load(a), load(b)));
  }
}

template <Combine kCombine>
TIDEMARK_AVX512 std::uint32_t count(const Word* a, const Word* b) {
  __m512i even = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();
  for (std::size_t i = 0; i < kBlockWords; i += 16) {
    even = _mm512_add_epi64(even, _mm512_popcnt_epi64(combined<kCombine>(a + i, b + i)));
    odd = _mm512_add_epi64(odd, _mm512_popcnt_epi64(combined<kCombine>(a + i + 8, b + i + 8)));
  }
  alignas(64) std::array<Word, 8> lanes{};
  _mm512_store_si512(lanes.data(), _mm512_add_epi64(even, odd));
  return static_cast<std::uint32_t>(std::accumulate(lanes.begin(), lanes.end(), Word{0}));
}
std::uint32_t count_one(const Word* a) { return count<Combine::First>(a, a); }

constexpr Kernels kAll{.name = "avx512",
                       .or_into = or_into,
                       .and_into = and_into,
                       .count = count_one,
                       .count_and = count<Combine::And>,
                       .count_or = count<Combine::Or>,
                       .count_andnot = count<Combine::AndNot>};

bool runs_here() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq");
}

}  // namespace avx512
// NOLINTEND(portability-simd-intrinsics)

#endif

}  // namespace

std::vector<const Kernels*> runnable_kernels() {
  std::vector<const Kernels*> all{&plain::kAll};
#if defined(__x86_64__)
  if (avx2::runs_here()) all.push_back(&avx2::kAll);
  if (avx512::runs_here()) all.push_back(&avx512::kAll);
#endif
  return all;
}

const Kernels& kernels() {
  static const Kernels& fastest = *runnable_kernels().back();
  return fastest;
}

}  // namespace tidemark::views::rollup
