# pgvigil_runbooks(pgvigil_app)
#
# Compiles docs/runbooks/*.md into the target, as the list that src/app/runbooks.hpp declares; anew when a page changes,
# comes or goes. As a script (cmake -DPAGES=... -DOUTPUT=... -P runbooks.cmake) it writes that source.
if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "|" ";" PAGES "${PAGES}")
  set(entries "")
  foreach(page IN LISTS PAGES)
    get_filename_component(name ${page} NAME_WE)
    file(READ ${page} text)
    string(APPEND entries "    {\"${name}\", R\"markdown(${text})markdown\"},\n")
  endforeach()
  file(WRITE ${OUTPUT} "#include \"app/runbooks.hpp\"

namespace pgvigil::app {
namespace {

constexpr Runbook kRunbooks[] = {
${entries}};

}  // namespace

std::span<const Runbook> runbooks() { return kRunbooks; }

}  // namespace pgvigil::app
")
  return()
endif()

function(pgvigil_runbooks target)
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/runbooks/*.md)
  list(JOIN pages "|" joined)
  set(output ${CMAKE_BINARY_DIR}/generated/runbooks_text.cpp)
  add_custom_command(OUTPUT ${output} DEPENDS ${pages} ${CMAKE_SOURCE_DIR}/cmake/runbooks.cmake VERBATIM
    COMMAND ${CMAKE_COMMAND} "-DPAGES=${joined}" -DOUTPUT=${output} -P ${CMAKE_SOURCE_DIR}/cmake/runbooks.cmake)
  target_sources(${target} PRIVATE ${output})
endfunction()
