# figment_library(NAME [SIGNAL] [TOGETHER] USES our-libraries… LINK other-targets…)
#
# One library per folder of src/. Every *.cpp in the folder belongs to it; every *_test.cpp becomes part of the
# test program NAME_test, whose cases ctest lists one by one; *_module.cpp is the face of a module (figment_module, below). USES names the folders it may include.
# SIGNAL: the folder's time goes into loops over samples. TOGETHER: with FIGMENT_UNITY its files are compiled in
# batches, as tests and tools are; what two of a batch name alike then has to be one thing in a header.

# The heavy, never-changing headers, compiled once for everything of ours. Not nlohmann/json.hpp: what it leaves to be
# instantiated costs every file that gets it 0.7 s, used or not; headers of ours take json_fwd.hpp.
add_library(figment_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(figment_pch PUBLIC nlohmann_json::nlohmann_json)
target_precompile_headers(figment_pch PRIVATE
  <algorithm> <array> <atomic> <cmath> <cstdint> <cstring> <filesystem> <functional> <map> <memory> <numeric>
  <optional> <span> <string> <string_view> <utility> <vector>)

if(FIGMENT_TESTS)
  add_library(figment_test_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
  target_link_libraries(figment_test_pch PUBLIC nlohmann_json::nlohmann_json GTest::gtest)
  target_precompile_headers(figment_test_pch PRIVATE
    <algorithm> <array> <cmath> <cstdint> <cstring> <filesystem> <functional> <map> <memory> <numeric>
    <optional> <span> <string> <string_view> <utility> <vector> <gtest/gtest.h>)
endif()

# A third of the compiler's time less, and the tests' time goes into the libraries.
function(figment_compile_lightly NAME)
  target_compile_options(${NAME} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# Half of a small file's time goes into what many files instantiate alike.
function(figment_compile_together NAME)
  set_target_properties(${NAME} PROPERTIES UNITY_BUILD ${FIGMENT_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

if(FIGMENT_TESTS)
  figment_compile_lightly(figment_test_pch)
endif()

function(figment_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} figment_base GTest::gtest GTest::gtest_main nlohmann_json::nlohmann_json)
  target_precompile_headers(${NAME} REUSE_FROM figment_test_pch)
  figment_compile_lightly(${NAME})
  figment_compile_together(${NAME})
  if(FIGMENT_SANITIZE)
    target_sources(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/leaks.cpp)
  endif()
  target_compile_definitions(${NAME} PRIVATE FIGMENT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  include(GoogleTest)
  gtest_discover_tests(${NAME} DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT 600 ENVIRONMENT "FIGMENT_DATA=${CMAKE_SOURCE_DIR}")
endfunction()

function(figment_library NAME)
  cmake_parse_arguments(ARG "SIGNAL;TOGETHER" "" "USES;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${NAME}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|module)\\.cpp$")
  list(TRANSFORM ARG_USES PREPEND figment_)
  if(sources)
    add_library(figment_${NAME} STATIC ${sources})
    target_include_directories(figment_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(figment_${NAME} PUBLIC ${ARG_USES} PRIVATE ${ARG_LINK} nlohmann_json::nlohmann_json)
    target_precompile_headers(figment_${NAME} REUSE_FROM figment_pch)
    if(ARG_TOGETHER)
      figment_compile_together(figment_${NAME})
    endif()
    if(ARG_SIGNAL)
      target_compile_options(figment_${NAME} PRIVATE $<$<CONFIG:Release>:-O3>)
    endif()
  else()  # a folder of headers only
    add_library(figment_${NAME} INTERFACE)
    target_include_directories(figment_${NAME} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(figment_${NAME} INTERFACE ${ARG_USES})
  endif()
  if(FIGMENT_TESTS AND tests)
    figment_test(${NAME}_test SOURCES ${tests} LINK figment_${NAME})
  endif()
endfunction()

# figment_module(NAME SOURCES… LINK targets…): a library that the program opens when it needs it (base/modules.h).
function(figment_module NAME)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${NAME} MODULE ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${NAME} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/$<0:> CXX_VISIBILITY_PRESET hidden)
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK})
endfunction()
