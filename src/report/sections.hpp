#pragma once

#include <string>

#include "report/answers.hpp"

/// The parts of the report about one instance: answers in, Markdown out. Each says itself what it has no data
/// for, and why that may be.
namespace pgvigil::report {

std::string data_section(const Instance& instance);
std::string threshold_section(const Instance& instance);
std::string alert_section(const Instance& instance);
std::string statement_section(const Instance& instance);
std::string growth_section(const Instance& instance);
std::string work_section(const Instance& instance);
std::string dead_row_section(const Instance& instance);
std::string index_section(const Instance& instance);
std::string backup_section(const Instance& instance);
std::string setting_section(const Instance& instance);
std::string cost_section(const Instance& instance);

/// The alerts that are of no instance, such as that of a scrape job without targets; empty where there were
/// none.
std::string alerts_of_nobody(const Answers& answers);

}  // namespace pgvigil::report
