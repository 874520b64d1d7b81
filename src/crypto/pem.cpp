// SPDX-License-Identifier: EUPL-1.2
#include "crypto/pem.hpp"

#include <fmt/format.h>

#include <optional>

namespace flora::crypto {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

// The label of a line like "-----BEGIN X-----"; nullopt if it is none.
std::optional<std::string_view> label_of(std::string_view line, std::string_view opening) {
  if (!line.starts_with(opening) || !line.ends_with(kDashes) || line.size() < opening.size() + kDashes.size())
    return std::nullopt;
  return line.substr(opening.size(), line.size() - opening.size() - kDashes.size());
}

struct Lines {
  std::string_view rest;
  std::size_t number = 0;

  std::optional<std::string_view> next() {
    if (rest.empty()) return std::nullopt;
    ++number;
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return trimmed(line);
  }
};

tl::unexpected<base::Error> wrong(const Lines& lines, std::string_view why) {
  return base::fail(base::Code::kMalformed, fmt::format("PEM, line {}: {}", lines.number, why));
}

base::Result<PemBlock> read_block(Lines& lines, std::string_view label) {
  std::string letters;
  while (const auto line = lines.next()) {
    if (const auto end = label_of(*line, kEnd)) {
      if (*end != label) return wrong(lines, "the END line names another label");
      auto der = base::from_base64(letters);
      if (!der || der->empty()) return wrong(lines, "the block is not base64");
      return PemBlock{std::string(label), std::move(*der)};
    }
    if (line->find(':') != std::string_view::npos) return wrong(lines, "headers inside a block are not supported");
    letters.append(*line);
  }
  return wrong(lines, "the END line is missing");
}

}  // namespace

base::Result<std::vector<PemBlock>> parse_pem(std::string_view text, std::size_t blocks_max) {
  std::vector<PemBlock> blocks;
  Lines lines{text};
  while (const auto line = lines.next()) {
    const auto label = label_of(*line, kBegin);
    if (!label) continue;
    if (blocks.size() == blocks_max) return base::fail(base::Code::kTooLarge, fmt::format("more than {} PEM blocks", blocks_max));
    FLORA_TRY(auto block, read_block(lines, *label));
    blocks.push_back(std::move(block));
  }
  return blocks;
}

std::string encode_pem(std::string_view label, base::ByteView der) {
  const std::string letters = base::to_base64(der);
  std::string out = fmt::format("{}{}{}\n", kBegin, label, kDashes);
  for (std::size_t i = 0; i < letters.size(); i += 64) out.append(letters, i, 64).push_back('\n');
  out += fmt::format("{}{}{}\n", kEnd, label, kDashes);
  return out;
}

}  // namespace flora::crypto
