#include "app/build_info.hpp"

#include <array>

#include "app/version.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::app {
namespace {

using model::Column;

constexpr std::array kColumns = {
    Column{"compiler"},
    Column{"version"},
    Column{"info", model::Use::gauge, "pgvigil_build_info", "Always 1; the labels say what was built."},
};

}  // namespace

std::string build_info(const std::map<std::string, std::string>& constant) {
  base::Cells cells(kColumns.size());
  for (const std::string_view cell : {kCompiler, kVersion, std::string_view("1")}) cells.add(cell);
  return render::exposition(kColumns, cells, constant);
}

}  // namespace pgvigil::app
