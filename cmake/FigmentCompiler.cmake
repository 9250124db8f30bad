# How everything of ours is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

find_program(FIGMENT_CCACHE ccache)
if(FIGMENT_CCACHE)
  # The sloppiness is what ccache's manual asks for where precompiled headers are used.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${FIGMENT_CCACHE})
endif()

# -Wno-… : GCC 12 reports false positives of these inside the standard library at -O3.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread
                      -Wno-maybe-uninitialized -Wno-dangling-pointer -fpch-preprocess)
endif()
# Sound does not need errno, traps or the sign of zero; NaN and infinity stay detectable.
add_compile_options(-fno-math-errno -fno-trapping-math -fno-signed-zeros)
# An expression gives the same bits wherever the compiler puts it. With contraction, a*b + c*d may become a fused
# multiply-add of either product, one way in the body of a vectorized loop and the other in what is left over, and then a
# sound depends on how it was cut into blocks. Hot loops that want fused multiply-adds ask for them.
add_compile_options(-ffp-contract=off)
# -O3 is for the layers that make or measure sound (figment_library's SIGNAL); elsewhere it costs a fifth of the
# compiler's time and gains nothing.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(FIGMENT_NATIVE)
  add_compile_options(-march=native)
endif()
if(FIGMENT_SANITIZE)
  add_compile_options(-fsanitize=${FIGMENT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${FIGMENT_SANITIZE})
endif()
