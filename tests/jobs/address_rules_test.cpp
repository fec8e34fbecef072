#include "jobs/delivery/address_rules.hpp"

#include <catch2/catch.hpp>

namespace costd {

// The borders of IANA's special-purpose registries: the last address inside and the first outside.
TEST_CASE("only public addresses are public", "[webhook]") {
  for (const char* text :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
        "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "203.0.112.255", "203.0.114.0", "223.255.255.255", "2001:200::1", "2606:4700::1111",
        "2a00:1450::5", "3ffe:ffff::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"}) {
    INFO(text);
    CHECK(kind_of_address(text) == AddressKind::public_unicast);
  }
}

TEST_CASE("private, shared, link-local, multicast and documentation addresses are reserved",
          "[webhook]") {
  for (const char* text :
       {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
        "169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8",
        "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0",
        "198.19.255.255", "198.51.100.7", "203.0.113.255", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255", "::", "::2", "::a00:1", "fc00::1", "fdff::1", "fe80::1",
        "febf::1", "fec0::1", "ff02::1", "100::1", "2001::1", "2001:1ff::1", "2001:db8::1",
        "3fff:fff::1", "4000::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1"}) {
    INFO(text);
    CHECK(kind_of_address(text) == AddressKind::reserved);
  }
}

TEST_CASE("loopback is told apart, also where it is mapped", "[webhook]") {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"}) {
    INFO(text);
    CHECK(kind_of_address(text) == AddressKind::loopback);
  }
}

TEST_CASE("what is no address in numbers is reserved", "[webhook]") {
  for (const char* text : {"", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "1.1.1.1 ",
                           "fe80::1%lo", "[::1]", "1.1.1.1:80", "example.com"}) {
    INFO(text);
    CHECK(kind_of_address(text) == AddressKind::reserved);
  }
}

}  // namespace costd
