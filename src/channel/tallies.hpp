// SPDX-License-Identifier: EUPL-1.2
// Tallies: the one thing beyond its own case that a fact is graded by. Counts and sets over the channel, by the value of a
// field; they stand under the state digest. Internal to the module.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/tables.hpp"
#include "channel/catalog.hpp"
#include "process/engine.hpp"

namespace flora::channel {

// Values are texts, so that package versions with different code lists share them.
struct TallyValue {
  std::uint64_t count = 0;
  std::vector<std::string> members;  // of a set: ascending, at most package::kTallySetMax
  friend bool operator==(const TallyValue&, const TallyValue&) = default;
};
base::Bytes encode_tally(const TallyValue& value);
base::Result<TallyValue> decode_tally(base::ByteView bytes);

class TallyBook {
 public:
  TallyBook(const base::TableReader& tables, const base::ChannelId& channel) : tables_(tables), channel_(channel) {}

  // The tallies of the version's package as a fact sees them, itself included.
  process::Tallies seen_by(const Version& version, package::StepIndex step, const process::Data& data);
  // The fact counts from now on.
  void add(const Version& version, package::StepIndex step, const process::Data& data);
  // What add() changed, by entry key.
  const std::map<base::Bytes, TallyValue>& changed() const { return changed_; }

 private:
  TallyValue read(const base::Bytes& key) const;
  const base::TableReader& tables_;
  const base::ChannelId& channel_;
  std::map<base::Bytes, TallyValue> changed_;
};

}  // namespace flora::channel
