// The program costd.

#include <iostream>

#include "daemon/costd.hpp"

int main(int count, char** values) {
  return costd::costd_main({values + 1, values + count}, std::cout, std::cerr);
}
