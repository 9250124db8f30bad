// To be called before work is handed to a library that was compiled for older processors.
//
//   Why   our code uses AVX registers, and GCC 12 forgets here and there to mark their upper halves as unused
//         (vzeroupper) when it is done. SSE instructions then drag the upper halves along: measured with LAME, three
//         times slower
//   Cost  one instruction; nothing on other processors

#pragma once

namespace figment {

inline void before_foreign_code() noexcept {
#ifdef __AVX__
  __builtin_ia32_vzeroupper();
#endif
}

}  // namespace figment
