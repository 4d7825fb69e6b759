# pgvigil_layer(web SOURCES server.cpp USES base LIBS civetweb::civetweb)
#
# Makes the static library pgvigil_web from src/web/, linked to exactly the layers it USES, and a CTest that
# refuses an #include of any other layer's headers.
function(pgvigil_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "SOURCES;USES;LIBS")
  list(TRANSFORM layer_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/src/${name}/)
  add_library(pgvigil_${name} STATIC ${layer_SOURCES})
  target_include_directories(pgvigil_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM layer_USES PREPEND pgvigil_ OUTPUT_VARIABLE used)
  target_link_libraries(pgvigil_${name} PUBLIC ${used} PRIVATE ${layer_LIBS} pgvigil_options)

  list(JOIN layer_USES "|" allowed)  # and base, which everything stands on
  add_test(NAME floors.${name}
    COMMAND ${CMAKE_COMMAND} -DLAYER=${name} "-DALLOWED=base|${allowed}" -DROOT=${CMAKE_SOURCE_DIR}
            -P ${CMAKE_SOURCE_DIR}/cmake/check_includes.cmake)
  set_tests_properties(floors.${name} PROPERTIES LABELS fast)
endfunction()
