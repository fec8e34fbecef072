#include <iostream>

#include "daemon/costctl.hpp"

int main(int argc, char** argv) {
  return costd::costctl_main(argc, argv, std::cout, std::cerr);
}
