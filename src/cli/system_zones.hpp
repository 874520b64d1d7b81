// SPDX-License-Identifier: EUPL-1.2
// The zones of the calendars and, for experiments, those of the operating system (RFC 8536 files). Never part of the core.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "calendar/calendar.hpp"

namespace flora::cli {

// One thread. Zones are read when first asked for and live as long as this object.
class SystemZones final : public calendar::ZoneSource {
 public:
  explicit SystemZones(const calendar::Calendars& calendars) : calendars_(calendars) {}
  const calendar::Zone* find_zone(std::string_view id) const override;

 private:
  const calendar::Calendars& calendars_;
  mutable std::map<std::string, std::unique_ptr<calendar::Zone>, std::less<>> read_;  // nullptr: there is none
};

// The bytes of a zone file, version 2 or later. Errors: kMalformed.
base::Result<calendar::Zone> parse_zone_file(std::string id, std::string_view bytes);

}  // namespace flora::cli
