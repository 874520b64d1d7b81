// SPDX-License-Identifier: EUPL-1.2
#include "base/check.hpp"
#include "calendar/calendar.hpp"
#include "channel/run.hpp"

namespace flora::channel {
namespace {

class SnapshotCases final : public CaseSource {
 public:
  SnapshotCases(const base::TableReader& tables, const base::ChannelId& channel) : tables_(tables), channel_(channel) {}
  std::unique_ptr<CaseEntry> take(const base::CaseId& id, const Catalog& catalog) override {
    auto entry = load_case(tables_, channel_, id, catalog);
    FLORA_CHECK(entry.has_value(), "a stored case can be read");
    return *std::move(entry);
  }

 private:
  const base::TableReader& tables_;
  const base::ChannelId& channel_;
};

}  // namespace

std::vector<CommandResult> preview(const base::TableReader& snapshot, const base::ChannelId& channel,
                                   const std::shared_ptr<const Catalog>& catalog, const base::MemberId& author,
                                   std::span<const Proposed> commands, base::Instant now) {
  const Meta meta = read_meta(snapshot, channel).value_or(Meta{});
  SnapshotCases cases(snapshot, channel);
  const BlockContext block{meta.height + 1, std::max(now, meta.time)};
  Run run(snapshot, channel, calendar::builtin_calendars(), catalog, cases, block);
  std::vector<CommandResult> results;
  results.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const ledger::CommandItem item{base::Hash{}, commands[i].message_id, encode_command(commands[i].command)};
    results.push_back(run.command({author, base::Hash{}, static_cast<std::uint32_t>(i)}, item));
  }
  return results;
}

}  // namespace flora::channel
