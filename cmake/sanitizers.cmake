# PGVIGIL_SANITIZE=address,undefined or =thread switches every target to it.
if(PGVIGIL_SANITIZE)
  add_compile_options(-fsanitize=${PGVIGIL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PGVIGIL_SANITIZE})
endif()
