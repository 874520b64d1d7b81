# SPDX-License-Identifier: EUPL-1.2
# The only CMake function of the project.
#
#   flora_module(name [CORE] [DEPENDS module...] [LINK library...])
#
# One folder src/<name>/ becomes one static library flora_<name>. Its include root holds nothing but a link to the
# folder itself, and a module sees only the roots of the modules its line lists: not those that come along when linking.
# So `#include "ledger/state.hpp"` in a module that does not list `ledger` fails with "file not found".
#   x_test.cpp  -> program <name>_test      x_bench.cpp -> program <name>_bench      x_fuzz.cpp -> program <name>_x_fuzz
# CORE modules are deterministic: no clock, randomness, input or output (tests/tidy checks what the compiler cannot).

set(FLORA_ROOTS ${CMAKE_BINARY_DIR}/roots)

function(flora_module name)
  cmake_parse_arguments(M "CORE" "" "DEPENDS;LINK;TEST_LINK" ${ARGN})
  set(dir ${CMAKE_SOURCE_DIR}/src/${name})
  file(MAKE_DIRECTORY ${FLORA_ROOTS}/${name})
  if(NOT EXISTS ${FLORA_ROOTS}/${name}/${name})
    file(CREATE_LINK ${dir} ${FLORA_ROOTS}/${name}/${name} SYMBOLIC)
  endif()

  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  set(benches ${sources})
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  set(fuzzers ${sources})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|_fuzz|/main)\\.cpp$")
  if(NOT sources)
    set(sources ${CMAKE_SOURCE_DIR}/cmake/empty.cpp)
  endif()

  add_library(flora_${name} STATIC ${sources})
  set(roots ${FLORA_ROOTS}/${name})
  foreach(dep IN LISTS M_DEPENDS)
    list(APPEND roots ${FLORA_ROOTS}/${dep})
    target_link_libraries(flora_${name} PUBLIC flora_${dep})
  endforeach()
  target_include_directories(flora_${name} PRIVATE ${roots})
  target_link_libraries(flora_${name} PUBLIC ${M_LINK})
  set_property(GLOBAL PROPERTY flora_roots_${name} "${roots}")

  if(tests)
    add_executable(${name}_test ${tests})
    target_include_directories(${name}_test PRIVATE ${roots})
    target_link_libraries(${name}_test PRIVATE flora_${name} ${M_TEST_LINK} GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE FLORA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1)
  endif()
  if(benches)
    add_executable(${name}_bench EXCLUDE_FROM_ALL ${benches})
    target_include_directories(${name}_bench PRIVATE ${roots})
    target_link_libraries(${name}_bench PRIVATE flora_${name} benchmark::benchmark_main)
    target_compile_definitions(${name}_bench PRIVATE FLORA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  endif()
  if(FLORA_FUZZ)
    foreach(fuzzer IN LISTS fuzzers)
      get_filename_component(stem ${fuzzer} NAME_WE)
      add_executable(${name}_${stem} ${fuzzer})
      target_include_directories(${name}_${stem} PRIVATE ${roots})
      target_link_libraries(${name}_${stem} PRIVATE flora_${name})
      target_compile_options(${name}_${stem} PRIVATE -fsanitize=fuzzer)
      target_link_options(${name}_${stem} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY flora_fuzzers ${name}_${stem})
    endforeach()
  endif()
endfunction()
