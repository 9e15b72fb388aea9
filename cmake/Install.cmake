# SPDX-License-Identifier: GPL-2.0-or-later
# cmake --install: mblab and what it looks for, all found relative to the program, so that a prefix can be moved and be read-only.
#   bin/mblab                   lib/memblock-lab/engines       share/memblock-lab: what engines and suites are built of, the corpus
#   share/man/man1/mblab.1      share/bash-completion/         include/memblock-lab, lib/cmake: for properties of one's own
include(CMakePackageConfigHelpers)

install(TARGETS mblab RUNTIME DESTINATION bin)
install(DIRECTORY "${MBLAB_ENGINE_FOLDER}" DESTINATION lib/memblock-lab USE_SOURCE_PERMISSIONS)
# What mblab diff searches with is made by the other preset (ci/build fuzz); where it is not, mblab diff says so.
install(PROGRAMS "${CMAKE_SOURCE_DIR}/build/fuzz/bin/diff-engines" DESTINATION lib/memblock-lab OPTIONAL)

foreach(folder memblock shim core/engine core/op core/state apps/suite apps/tree apps/guest corpus fuzz)
  get_filename_component(parent "${folder}" DIRECTORY)
  set(only "")
  if(folder STREQUAL "fuzz")
    set(only FILES_MATCHING PATTERN make-seeds)
  elseif(folder STREQUAL "apps/guest")
    set(only FILES_MATCHING PATTERN get-kernel)
  elseif(folder STREQUAL "apps/tree")
    set(only FILES_MATCHING PATTERN get-tree PATTERN suites.txt)
  endif()
  install(DIRECTORY "${folder}" DESTINATION "share/memblock-lab/${parent}" USE_SOURCE_PERMISSIONS ${only})
endforeach()

# The manual page and the completion come from the program itself.
set(made "${CMAKE_BINARY_DIR}/share")
add_custom_command(
  OUTPUT "${made}/mblab.1" "${made}/mblab"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${made}"
  COMMAND mblab manual > "${made}/mblab.1"
  COMMAND mblab manual --bash > "${made}/mblab"
  DEPENDS mblab VERBATIM COMMENT "Manual page and completion")
add_custom_target(manual ALL DEPENDS "${made}/mblab.1" "${made}/mblab")
install(FILES "${made}/mblab.1" DESTINATION share/man/man1)
install(FILES "${made}/mblab" DESTINATION share/bash-completion/completions)

# find_package(memblock-lab): memblock-lab::lab (and ::lab-tools, for boots and comparisons of trees), and where its engines are.
install(TARGETS mblab_core mblab_apps EXPORT memblock-lab ARCHIVE DESTINATION lib)
foreach(half core apps)
  install(DIRECTORY ${half} DESTINATION include/memblock-lab FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h" PATTERN "ops.def")
endforeach()
install(FILES shim/world/world.h DESTINATION include/memblock-lab/world)
install(EXPORT memblock-lab NAMESPACE memblock-lab:: FILE targets.cmake DESTINATION lib/cmake/memblock-lab)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/memblock-lab-config-version.cmake" COMPATIBILITY ExactVersion)
install(FILES cmake/memblock-lab-config.cmake "${CMAKE_BINARY_DIR}/memblock-lab-config-version.cmake"
  DESTINATION lib/cmake/memblock-lab)
