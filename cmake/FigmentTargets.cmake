# figment_library(NAME USES our-libraries… LINK other-targets…)
#
# One library per folder of src/. Every *.cpp in the folder belongs to it; every *_test.cpp becomes part of the
# test program NAME_test, whose cases ctest lists one by one. USES names the folders it may include.

# The heavy, never-changing headers, compiled once for everything of ours.
add_library(figment_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(figment_pch PUBLIC nlohmann_json::nlohmann_json)
target_precompile_headers(figment_pch PRIVATE
  <algorithm> <array> <atomic> <cmath> <cstdint> <cstring> <filesystem> <functional> <map> <memory> <numeric>
  <optional> <span> <string> <string_view> <utility> <vector> <nlohmann/json.hpp>)

if(FIGMENT_TESTS)
  add_library(figment_test_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
  target_link_libraries(figment_test_pch PUBLIC nlohmann_json::nlohmann_json GTest::gtest)
  target_precompile_headers(figment_test_pch PRIVATE
    <algorithm> <array> <cmath> <cstdint> <cstring> <filesystem> <functional> <map> <memory> <numeric>
    <optional> <span> <string> <string_view> <utility> <vector> <nlohmann/json.hpp> <gtest/gtest.h>)
endif()

function(figment_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} figment_base GTest::gtest GTest::gtest_main nlohmann_json::nlohmann_json)
  target_precompile_headers(${NAME} REUSE_FROM figment_test_pch)
  if(FIGMENT_SANITIZE)
    target_sources(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/leaks.cpp)
  endif()
  target_compile_definitions(${NAME} PRIVATE FIGMENT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  include(GoogleTest)
  gtest_discover_tests(${NAME} DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT 600 ENVIRONMENT "FIGMENT_DATA=${CMAKE_SOURCE_DIR}")
endfunction()

function(figment_library NAME)
  cmake_parse_arguments(ARG "" "" "USES;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${NAME}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ARG_USES PREPEND figment_)
  if(sources)
    add_library(figment_${NAME} STATIC ${sources})
    target_include_directories(figment_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(figment_${NAME} PUBLIC ${ARG_USES} PRIVATE ${ARG_LINK} nlohmann_json::nlohmann_json)
    target_precompile_headers(figment_${NAME} REUSE_FROM figment_pch)
  else()  # a folder of headers only
    add_library(figment_${NAME} INTERFACE)
    target_include_directories(figment_${NAME} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(figment_${NAME} INTERFACE ${ARG_USES})
  endif()
  if(FIGMENT_TESTS AND tests)
    figment_test(${NAME}_test SOURCES ${tests} LINK figment_${NAME})
  endif()
endfunction()
