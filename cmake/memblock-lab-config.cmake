# SPDX-License-Identifier: GPL-2.0-or-later
# find_package(memblock-lab): the library memblock-lab::lab. To who links it, MEMBLOCK_LAB_ENGINES is the folder of the engines.
include(CMakeFindDependencyMacro)
find_dependency(fmt)
find_dependency(nlohmann_json)
find_dependency(LibArchive)
include("${CMAKE_CURRENT_LIST_DIR}/targets.cmake")
get_filename_component(_memblock_lab_engines "${CMAKE_CURRENT_LIST_DIR}/../../memblock-lab/engines" ABSOLUTE)
set_property(TARGET memblock-lab::lab APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS "MEMBLOCK_LAB_ENGINES=\"${_memblock_lab_engines}\"")
unset(_memblock_lab_engines)
