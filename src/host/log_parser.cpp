#include "host/log_parser.hpp"

#include "host/log_csv.hpp"
#include "host/log_json.hpp"
#include "host/log_text.hpp"

namespace pgvigil::host {

std::unique_ptr<LogParser> make_log_parser(LogFormat format, std::string_view prefix) {
  switch (format) {
    case LogFormat::jsonlog:
      return std::make_unique<JsonLogParser>();
    case LogFormat::csvlog:
      return std::make_unique<CsvLogParser>();
    case LogFormat::stderr_:
      break;
  }
  return std::make_unique<TextLogParser>(prefix);
}

}  // namespace pgvigil::host
