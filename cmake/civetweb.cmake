# pgvigil_civetweb(web)
#
# Links a layer to civetweb and OpenSSL. A civetweb that looks OpenSSL up by name at run time has those names as strings;
# only then does the layer get src/web/openssl_names.cpp, which every program that is linked to it exports.
# docs/adr/0007-tls-with-civetweb.md has the reasons.
find_library(CIVETWEB_LIBRARY civetweb REQUIRED)
file(STRINGS ${CIVETWEB_LIBRARY} PGVIGIL_OPENSSL_BY_NAME REGEX "^libssl\\.so$")

function(pgvigil_civetweb layer)
  target_link_libraries(pgvigil_${layer} PRIVATE ${CIVETWEB_LIBRARY} OpenSSL::SSL)
  if(PGVIGIL_OPENSSL_BY_NAME)
    target_sources(pgvigil_${layer} PRIVATE ${CMAKE_SOURCE_DIR}/src/web/openssl_names.cpp)
    target_link_libraries(pgvigil_${layer} PRIVATE ${CMAKE_DL_LIBS})
    target_link_options(pgvigil_${layer} INTERFACE LINKER:--undefined=SSL_get_peer_certificate
                        LINKER:--export-dynamic-symbol=SSL_get_peer_certificate,--export-dynamic-symbol=dlopen)
  endif()
endfunction()
