# pgvigil_harden(target INTERFACE|PRIVATE)
#
# What makes a fault in memory harder to use: addresses that nobody knows beforehand, tables of functions that are
# read-only once loaded, canaries, checked copies, a stack that is touched page by page, marked targets of jumps.
# Needs an optimizing build: without it FORTIFY does nothing. tests/support/check_hardening asks the binary.
function(pgvigil_harden target scope)
  target_compile_options(${target} ${scope} -fstack-protector-strong -fstack-clash-protection
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64)$")
    target_compile_options(${target} ${scope} -fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL aarch64)
    target_compile_options(${target} ${scope} -mbranch-protection=standard)
  endif()
  target_link_options(${target} ${scope} -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
endfunction()
