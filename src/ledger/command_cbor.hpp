// SPDX-License-Identifier: EUPL-1.2
// Pieces of the CBOR of federation commands that genesis and records share. For the bodies of this module only.
#pragma once
#include "base/cbor.hpp"
#include "ledger/commands.hpp"

namespace flora::ledger {

void write_threshold(base::CborWriter& writer, const Threshold& threshold);
base::Result<Threshold> read_threshold(base::CborReader& reader);
void write_policy(base::CborWriter& writer, const ChannelPolicy& policy);
base::Result<ChannelPolicy> read_policy(base::CborReader& reader);
void write_founder(base::CborWriter& writer, const Founder& founder);
base::Result<Founder> read_founder(base::CborReader& reader);
void write_wrap(base::CborWriter& writer, const Wrap& wrap);
base::Result<Wrap> read_wrap(base::CborReader& reader);
void write_epoch(base::CborWriter& writer, const NewEpoch& epoch);
base::Result<NewEpoch> read_epoch(base::CborReader& reader);

// Longest title of a member or channel, in bytes.
inline constexpr std::size_t kTitleBytesMax = 200;

}  // namespace flora::ledger
