# SPDX-License-Identifier: GPL-2.0-or-later
# Engines: one shared object per subject and variant, made by core/engine/build-engine.

set(MBLAB_ENGINE_FOLDER "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/engines")
file(STRINGS "${CMAKE_SOURCE_DIR}/core/engine/variants.txt" MBLAB_VARIANT_LINES REGEX "^[a-z]")

# The names and options of all variants, as C++ initializers for core/run/catalog.cpp.
set(variant_text "")
set(MBLAB_VARIANTS "")
foreach(line IN LISTS MBLAB_VARIANT_LINES)
  string(REGEX MATCH "^([^ ]+) +([^ ]+)" ignored "${line}")
  set(MBLAB_OPTIONS_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
  list(APPEND MBLAB_VARIANTS ${CMAKE_MATCH_1})
  string(APPEND variant_text "{\"${CMAKE_MATCH_1}\", \"${CMAKE_MATCH_2}\"},\n")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/generated/mblab_variants.inc" CONTENT "${variant_text}" @ONLY)

file(GLOB_RECURSE MBLAB_ENGINE_PARTS CONFIGURE_DEPENDS
  "${CMAKE_SOURCE_DIR}/shim/*.h" "${CMAKE_SOURCE_DIR}/shim/*.cpp" "${CMAKE_SOURCE_DIR}/shim/*.hpp")
list(APPEND MBLAB_ENGINE_PARTS
  "${CMAKE_SOURCE_DIR}/core/engine/build-engine" "${CMAKE_SOURCE_DIR}/core/engine/building.sh"
  "${CMAKE_SOURCE_DIR}/core/engine/options.txt" "${CMAKE_SOURCE_DIR}/core/engine/adapter.c"
  "${CMAKE_SOURCE_DIR}/core/engine/adapting.h" "${CMAKE_SOURCE_DIR}/core/engine/abi.h" "${CMAKE_SOURCE_DIR}/core/engine/engine.lds"
  "${CMAKE_SOURCE_DIR}/core/engine/serve.c" "${CMAKE_SOURCE_DIR}/core/engine/wire.h"
  "${CMAKE_SOURCE_DIR}/core/state/state.h" "${CMAKE_SOURCE_DIR}/core/op/ops.h"
  "${CMAKE_SOURCE_DIR}/core/op/ops.def")
file(GLOB MBLAB_PORT_PARTS CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/memblock/*.?pp" "${CMAKE_SOURCE_DIR}/memblock/include/linux/*.h")

# Kernel trees by engine name: each folder of MBLAB_TREES. The one that others are compared with is the one that the port is
# a port of, else the newest, unless MBLAB_TREE takes its place.
file(STRINGS "${CMAKE_SOURCE_DIR}/memblock/kernel.txt" MBLAB_PORT_KERNEL REGEX "^[0-9]")
set(MBLAB_KERNEL "linux-${MBLAB_PORT_KERNEL}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/memblock/kernel.txt")
set(MBLAB_KERNELS "")
file(GLOB memblock_sources CONFIGURE_DEPENDS "${MBLAB_TREES}/linux-*/mm/memblock.c")
foreach(source IN LISTS memblock_sources)
  cmake_path(GET source PARENT_PATH tree)
  cmake_path(GET tree PARENT_PATH tree)
  cmake_path(GET tree FILENAME name)
  list(APPEND MBLAB_KERNELS ${name})
  set(MBLAB_TREE_OF_${name} "${tree}")
endforeach()
list(SORT MBLAB_KERNELS COMPARE NATURAL ORDER DESCENDING)
if(MBLAB_TREE)
  list(REMOVE_ITEM MBLAB_KERNELS ${MBLAB_KERNEL})
  set(MBLAB_KERNEL tree)
  list(PREPEND MBLAB_KERNELS tree)
  set(MBLAB_TREE_OF_tree "${MBLAB_TREE}")
elseif(NOT MBLAB_KERNELS)
  message(WARNING "no kernel tree in ${MBLAB_TREES}: building without one (ci/bootstrap takes Debian's)")
elseif(NOT MBLAB_KERNEL IN_LIST MBLAB_KERNELS)
  set(missing ${MBLAB_KERNEL})
  list(GET MBLAB_KERNELS 0 MBLAB_KERNEL)
  message(WARNING "no kernel tree ${missing} in ${MBLAB_TREES}: ${MBLAB_KERNEL} takes its place")
endif()

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
set(MBLAB_ENGINE_FLAGS "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}")
if(MBLAB_SANITIZE)
  string(APPEND MBLAB_ENGINE_FLAGS " -fsanitize=${MBLAB_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer")
endif()
set(MBLAB_SUBJECT_FLAGS "${MBLAB_INSTRUMENT}")

# mblab_engine(NAME VARIANT): build engines/NAME@VARIANT.so as part of the target "engines".
add_custom_target(engines ALL)
function(mblab_engine name variant)
  set(out "${MBLAB_ENGINE_FOLDER}/${name}@${variant}.so")
  set(subject_flags "${MBLAB_SUBJECT_FLAGS}")
  set(patch "")
  if(name MATCHES "^port")
    set(subject port)
    set(parts ${MBLAB_PORT_PARTS})
    string(APPEND subject_flags " -Wall -Wextra -Wshadow")
    if(NOT MBLAB_OPTIONS_${variant} MATCHES "m32") # where memblock itself makes unsigned longs of addresses
      string(APPEND subject_flags " -Wconversion")
    endif()
    if(MBLAB_WERROR)
      string(APPEND subject_flags " -Werror")
    endif()
    if(MBLAB_PATCH)
      get_filename_component(patch_file "${MBLAB_PATCH}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
      set(patch --patch "${patch_file}")
      list(APPEND parts "${patch_file}")
    endif()
  else()
    set(subject "${MBLAB_TREE_OF_${name}}")
    # By content: the tree behind a link may be another one, with older files.
    set(parts "")
    set(sums "")
    foreach(file mm/memblock.c include/linux/memblock.h)
      file(SHA256 "${subject}/${file}" sum)
      string(APPEND sums "${sum} ${file}\n")
      list(APPEND parts "${subject}/${file}")
    endforeach()
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/trees/${name}.sums" CONTENT "${sums}" @ONLY)
    list(APPEND parts "${CMAKE_BINARY_DIR}/trees/${name}.sums")
  endif()
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_SOURCE_DIR}/core/engine/build-engine" --subject "${subject}" ${patch} --name "${name}"
            --variant "${MBLAB_OPTIONS_${variant}}" --out "${out}" --cc "${CMAKE_C_COMPILER}" --cxx "${CMAKE_CXX_COMPILER}"
            --worlds "${CMAKE_BINARY_DIR}/worlds" --flags "${MBLAB_ENGINE_FLAGS}" --subject-flags "${subject_flags}"
    DEPENDS ${MBLAB_ENGINE_PARTS} ${parts}
    COMMENT "Engine ${name}@${variant}"
    VERBATIM)
  string(MAKE_C_IDENTIFIER "engine_${name}_${variant}" target)
  add_custom_target(${target} DEPENDS "${out}")
  add_dependencies(engines ${target})
endfunction()

set(MBLAB_MAIN_VARIANTS numa-128 numa-4 uma-128 uma-4 numa-kho-8)
set(variants ${MBLAB_VARIANTS})
if(MBLAB_FUZZ)
  set(variants ${MBLAB_MAIN_VARIANTS})
endif()
# A sanitizer's memory and the window of physical memory do not both fit 32 bits of address space.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_FLAGS -m32)
check_c_source_compiles("#include <features.h>\nint main(void) { return 0; }" MBLAB_COMPILES_32_BITS)
unset(CMAKE_REQUIRED_FLAGS)
if(MBLAB_SANITIZE OR NOT MBLAB_COMPILES_32_BITS)
  list(FILTER variants EXCLUDE REGEX "^m32-")
  message(STATUS "Engines of 32 bits are not built: they need gcc-multilib, g++-multilib, and no sanitizer")
endif()
foreach(variant IN LISTS variants)
  mblab_engine(port ${variant})
  foreach(kernel IN LISTS MBLAB_KERNELS)
    mblab_engine(${kernel} ${variant})
  endforeach()
endforeach()
