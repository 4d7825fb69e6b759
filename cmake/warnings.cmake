# pgvigil_options: what every target of ours is compiled with.
add_library(pgvigil_options INTERFACE)
target_compile_options(pgvigil_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  $<$<BOOL:${PGVIGIL_WERROR}>:-Werror>
  -fstack-protector-strong)
target_link_options(pgvigil_options INTERFACE -pie -Wl,-z,relro,-z,now -Wl,--as-needed)
if(CMAKE_BUILD_TYPE STREQUAL Release)
  pgvigil_harden(pgvigil_options INTERFACE)
endif()
