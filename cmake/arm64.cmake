# For arm64, with Debian's cross compiler and its arm64 libraries; deploy/systemd/README.md says how to get them.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_STRIP aarch64-linux-gnu-strip)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
