// SPDX-License-Identifier: EUPL-1.2
#include "cli/system_zones.hpp"

#include <gtest/gtest.h>

namespace flora::cli {
namespace {

std::string big_endian(std::int64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  return out;
}

// RFC 8536: an empty first part, then one with two types, one change, and a rule for what follows.
std::string zone_file() {
  const auto head = [](int times, int types, int letters) {
    std::string out = "TZif2" + std::string(15, '\0');
    for (const int count : {0, 0, 0, times, types, letters}) out += big_endian(count, 4);
    return out;
  };
  std::string out = head(0, 0, 0) + head(1, 2, 4);
  out += big_endian(1'000'000'000, 8);  // when
  out += '\1';                          // to which type
  out += big_endian(3600, 4) + std::string("\0\0", 2) + big_endian(7200, 4) + std::string("\1\0", 2);
  out += std::string("ABC\0", 4);
  return out + "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
}

TEST(SystemZones, ReadsChangesAndTheRuleBehindThem) {
  const auto zone = parse_zone_file("X", zone_file()).value();
  EXPECT_EQ(zone.offset_at(999'999'999), 3600);
  EXPECT_EQ(zone.offset_at(1'000'000'000), 7200);
  EXPECT_EQ(zone.offset_at(1'610'000'000), 3600);  // January 2021
  EXPECT_EQ(zone.offset_at(1'625'000'000), 7200);  // June 2021
}

TEST(SystemZones, RefusesEveryBeginningOfAFile) {
  const std::string whole = zone_file();
  for (std::size_t size = 0; size + 40 < whole.size(); ++size) EXPECT_FALSE(parse_zone_file("X", whole.substr(0, size))) << size;
  std::string wrong_type = whole;
  wrong_type[44 + 44 + 8] = '\7';
  EXPECT_FALSE(parse_zone_file("X", wrong_type));
}

TEST(SystemZones, StaysInItsFolder) {
  const SystemZones zones(calendar::builtin_calendars());
  EXPECT_EQ(zones.find_zone("Europe/Berlin"), calendar::builtin_calendars().find_zone("Europe/Berlin"));
  for (const auto* id : {"", "../../etc/passwd", "/etc/passwd", "Europe/../../../etc/passwd", "No/Such_Zone", "Europe", "a b"})
    EXPECT_EQ(zones.find_zone(id), nullptr) << id;
}

}  // namespace
}  // namespace flora::cli
