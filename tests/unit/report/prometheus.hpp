#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pgvigil/report/report.hpp"

namespace pgvigil::report {

/// What a Prometheus holds: answers by a part of the question, the first that fits; all else has no series.
/// It keeps the paths that it was asked, and their expressions.
class Prometheus {
 public:
  /// A month of one instance, db:9187, of which there is pg_up alone, in every step.
  Prometheus() {
    std::string points;
    for (long time = kStart + kStep; time <= kEnd; time += kStep)
      points += fmt::format(R"({}[{},"1"])", points.empty() ? "" : ",", time);
    add("min_over_time(pg_up", series(R"("instance":"db:9187")", points));
    add("last_over_time(pg_up", R"({"metric":{"instance":"db:9187"},"value":[0,"1"]})");
  }

  static constexpr long kStart = 1619827200;  // 2021-05-01
  static constexpr long kEnd = kStart + 30 * 86'400;
  static constexpr long kStep = 300;

  static std::string series(const std::string& labels, const std::string& points) {
    return fmt::format(R"({{"metric":{{{}}},"values":[{}]}})", labels, points);
  }

  void add(const std::string& part, const std::string& result) {
    answers_.insert(answers_.begin(),
                    {part, fmt::format(R"({{"status":"success","data":{{"result":[{}]}}}})", result)});
  }

  /// A sample of the instance; `labels` as JSON, beside the instance's. One with the same labels is replaced.
  void has(const std::string& part, double value, const std::string& labels = "") {
    auto& samples = samples_[part];
    samples[labels] = fmt::format(R"({{"metric":{{"instance":"db:9187"{}{}}},"value":[0,"{}"]}})",
                                  labels.empty() ? "" : ",", labels, value);
    std::string list;
    for (const auto& [key, sample] : samples) list += (list.empty() ? "" : ",") + sample;
    add(part, list);
  }

  void setting(const std::string& name, double value) {
    has("pg_settings_", value, fmt::format(R"("__name__":"pg_settings_{}")", name));
  }

  void answers(const std::string& part, std::string body) {
    answers_.insert(answers_.begin(), {part, std::move(body)});
  }
  void fails(const std::string& part, base::Error error) { errors_[part] = std::move(error); }

  /// The report on 2021-05, or the error's message.
  std::string report(Options options = {}) {
    options.until = base::WallTime(base::Seconds(kEnd));
    const auto text = report::report(options, [this](const std::string& path) { return get(path); });
    return text ? *text : "error: " + text.error().message;
  }

  /// The lines of a section of the report, without its title.
  std::string section(std::string_view title) {
    const std::string text = report();
    const auto at = text.find(fmt::format("### {}\n\n", title));
    if (at == std::string::npos) return "no section in " + text;
    const auto begin = text.find("\n\n", at) + 2;
    return text.substr(begin, text.find("\n\n##", begin) - begin);
  }

  std::vector<std::string> paths;
  std::vector<std::string> asked;

 private:
  base::Result<std::string> get(const std::string& path) {
    const auto begin = path.find("?query=") + 7;
    paths.push_back(path);
    asked.push_back(decoded(path.substr(begin, path.find('&', begin) - begin)));
    for (const auto& [part, error] : errors_)
      if (asked.back().find(part) != std::string::npos) return tl::unexpected(error);
    for (const auto& [part, answer] : answers_)
      if (asked.back().find(part) != std::string::npos) return answer;
    return R"({"status":"success","data":{"result":[]}})";
  }

  static std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%')
        out += static_cast<char>(std::strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
      else
        out += text[i];
      if (text[i] == '%') i += 2;
    }
    return out;
  }

  std::vector<std::pair<std::string, std::string>> answers_;
  std::map<std::string, std::map<std::string, std::string>> samples_;
  std::map<std::string, base::Error> errors_;
};

}  // namespace pgvigil::report
