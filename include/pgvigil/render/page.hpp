#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "pgvigil/render/exposition.hpp"

namespace pgvigil::render {

/// A piece of a page, shared by all pages that it is part of. Immutable, so any thread may read it.
using Piece = std::shared_ptr<const std::string>;

/// Renders a target's page poll after poll, in pieces whose sequence is exposition()'s text. What a sheet
/// gives is rendered once and kept while pages have the sheet, so a poll costs what is new in it. Owned by
/// the target's thread.
class PageRenderer {
 public:
  /// Specs outlive the renderer: it is made anew when they change, or the labels do.
  explicit PageRenderer(const ConstantLabels& labels);

  std::vector<Piece> operator()(const model::Snapshot& snapshot);

 private:
  /// The text of each column of a sheet, or of each column's head. A label's is empty.
  using Columns = std::shared_ptr<const std::vector<std::string>>;
  struct Kept {
    std::shared_ptr<const model::Sheet> sheet;
    Columns samples;  // of one sheet of several
    Piece whole;      // of the only one, with its heads
  };

  Kept& keep(const model::Part& part);
  Piece whole(const model::Part& part, const model::CollectorSpec& spec);
  Columns samples(const model::Part& part, const model::CollectorSpec& spec);

  std::string labels_;
  std::map<const model::CollectorSpec*, Columns> heads_;
  std::unordered_map<const model::Sheet*, Kept> kept_;  // of the last page
  std::unordered_map<const model::Sheet*, Kept> next_;  // of the page that is being rendered
};

}  // namespace pgvigil::render
