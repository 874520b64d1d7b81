// SPDX-License-Identifier: EUPL-1.2
// Values of the channel's registers under the state digest, apart from cases. Internal to the module.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "channel/catalog.hpp"

namespace flora::channel {

// [1, ordinal, active from, active since, [* approved by], package]
base::Bytes encode_version(const Version& version, base::ByteView canonical);
struct StoredVersion {
  Version version;  // without package, definition and plan
  base::Bytes canonical;
};
base::Result<StoredVersion> decode_version(base::ByteView bytes);

// Commands other than attestations since the last checkpoint, and when that was.
struct Progress {
  std::uint64_t commands = 0;
  std::int64_t checkpoint_height = 0;
  base::Instant checkpoint_time;
  friend bool operator==(const Progress&, const Progress&) = default;
};
base::Bytes encode_progress(const Progress& progress);
base::Result<Progress> decode_progress(base::ByteView bytes);

// Where the channel stands; written with every block.
struct Meta {
  std::int64_t height = 0;
  base::Instant time;
  base::Hash digest;
};
base::Bytes encode_meta(const Meta& meta);
base::Result<Meta> decode_meta(base::ByteView bytes);
std::optional<Meta> read_meta(const base::TableReader& tables, const base::ChannelId& channel);

// An answer that was given: [1, expires, salt, leaf, code, height, envelope, index].
struct Answered {
  base::Instant expires;
  base::Hash salt, leaf;
  base::Code code = base::Code::kOk;
  std::int64_t height = 0;
  base::Hash envelope;
  std::uint32_t index = 0;
  friend bool operator==(const Answered&, const Answered&) = default;
};
base::Bytes encode_answered(const Answered& answered);
base::Result<Answered> decode_answered(base::ByteView bytes);

}  // namespace flora::channel
