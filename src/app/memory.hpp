#pragma once

namespace pgvigil::app {

/// How malloc is to treat the process: one heap instead of one for each thread, of which what a poll gives
/// back stays for the next one, up to a limit. Taking it from the system each time cost a quarter of a poll.
/// Called once, before there are threads.
void keep_memory_small();

/// Gives back what lies unused between what is used, where it is more than half of that: after a server had
/// far more to tell than it has now. Called after each poll, from any thread.
void give_back_memory();

}  // namespace pgvigil::app
