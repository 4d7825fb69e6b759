#pragma once

namespace pgvigil::app {

/// The whole program: reads the command line, runs the sub-command, returns the exit code. 0 well; 2 bad
/// input, said in one line on stderr; `check` has its own.
int run(int argc, char** argv);

}  // namespace pgvigil::app
