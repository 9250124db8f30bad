# Everything comes from Debian's packages; THIRD_PARTY.md says why each.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(sndfile    REQUIRED IMPORTED_TARGET sndfile>=1.1)
pkg_check_modules(taglib     REQUIRED IMPORTED_TARGET taglib)
pkg_check_modules(flac       REQUIRED IMPORTED_TARGET flac)
pkg_check_modules(vorbisenc  REQUIRED IMPORTED_TARGET vorbisenc vorbis)
pkg_check_modules(ogg        REQUIRED IMPORTED_TARGET ogg)
pkg_check_modules(ebur128    REQUIRED IMPORTED_TARGET libebur128)
pkg_check_modules(aubio      REQUIRED IMPORTED_TARGET aubio)
pkg_check_modules(fluidsynth REQUIRED IMPORTED_TARGET fluidsynth)
pkg_check_modules(fftw3f     REQUIRED IMPORTED_TARGET fftw3f)
pkg_check_modules(cairo      REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(portaudio  REQUIRED IMPORTED_TARGET portaudio-2.0)
pkg_check_modules(soxr       REQUIRED IMPORTED_TARGET soxr)
pkg_check_modules(rubberband REQUIRED IMPORTED_TARGET rubberband>=3)
pkg_check_modules(ffmpeg     REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil)

# Some of these ask for macros that our code does not need and that would keep the precompiled header from being used.
foreach(library sndfile taglib flac vorbisenc ogg ebur128 aubio fluidsynth fftw3f cairo portaudio soxr rubberband ffmpeg)
  set_target_properties(PkgConfig::${library} PROPERTIES INTERFACE_COMPILE_OPTIONS "")
endforeach()

# Opened when they are needed (base/shared_library.h): only their headers are used in building.
foreach(library fluidsynth portaudio ffmpeg)
  add_library(${library}_headers INTERFACE)
  target_include_directories(${library}_headers INTERFACE ${${library}_INCLUDE_DIRS})
endforeach()

# LAME and qm-dsp ship no pkg-config file.
find_library(FIGMENT_LAME mp3lame REQUIRED)
add_library(PkgConfig::lame INTERFACE IMPORTED)
target_link_libraries(PkgConfig::lame INTERFACE ${FIGMENT_LAME})
find_library(FIGMENT_QMDSP qm-dsp REQUIRED)
find_path(FIGMENT_QMDSP_INCLUDE qm-dsp/dsp/tempotracking/TempoTrackV2.h REQUIRED)
add_library(qmdsp INTERFACE IMPORTED)
target_link_libraries(qmdsp INTERFACE ${FIGMENT_QMDSP})
target_include_directories(qmdsp INTERFACE ${FIGMENT_QMDSP_INCLUDE} ${FIGMENT_QMDSP_INCLUDE}/qm-dsp)

# LibTorch, for the networks only: without it everything else is built. Its CMake package would bring flags along.
find_library(FIGMENT_TORCH_CPU torch_cpu)
find_library(FIGMENT_C10 c10)
find_path(FIGMENT_TORCH_INCLUDE ATen/ATen.h)
if(FIGMENT_TORCH_CPU AND FIGMENT_C10 AND FIGMENT_TORCH_INCLUDE)
  set(FIGMENT_TORCH ON)
  add_library(torch_libraries INTERFACE)
  target_include_directories(torch_libraries SYSTEM INTERFACE ${FIGMENT_TORCH_INCLUDE})
  target_link_libraries(torch_libraries INTERFACE ${FIGMENT_TORCH_CPU} ${FIGMENT_C10})
endif()

if(FIGMENT_TESTS)
  find_package(GTest REQUIRED)
endif()
