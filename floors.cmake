# The floors, bottom up. docs/architecture.md says what each is for.
pgvigil_layer(base SOURCES cells.cpp result.cpp stop.cpp text.cpp)
target_link_libraries(pgvigil_base PUBLIC fmt::fmt tl::expected)

pgvigil_layer(model SOURCES rule.cpp snapshot.cpp USES base)
