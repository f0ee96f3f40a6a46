/* Files that are stored in one, unpacked: a zip of version 2.0, whose bytes depend on nothing but these files. */
#include <string.h>

#include "show/workbook.h"

static uint32_t checksum(const char *bytes, size_t size) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < size; i++) {
    crc ^= (unsigned char)bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  return crc ^ 0xffffffffu;
}

/* Numbers of two or four bytes, the lowest first. */
static void add_number(cli_text *out, uint64_t x, int bytes) {
  for (int k = 0; k < bytes; k++) {
    const char byte = (char)(x >> (8 * k) & 0xff);
    cli_add_bytes(out, &byte, 1);
  }
}

/* What a file's own header and that of the directory have alike; 1980-01-01, as no time belongs to a result. */
static void add_about(cli_text *out, const zip_file *file) {
  enum { VERSION = 20, UTF8_NAME = 1 << 11, FIRST_DAY = 1 << 5 | 1 };
  const uint64_t fields[] = {VERSION, UTF8_NAME, 0, 0, FIRST_DAY};
  for (int k = 0; k < 5; k++) add_number(out, fields[k], 2);
  add_number(out, checksum(file->bytes.bytes, file->bytes.used), 4);
  add_number(out, file->bytes.used, 4);
  add_number(out, file->bytes.used, 4);
  add_number(out, strlen(file->name), 2);
  add_number(out, 0, 2);
}

void cli_zip(const zip_file *files, int32_t count, cli_text *out) {
  static const size_t MOST = 0x7fffffff;
  cli_text directory = {0};
  cli_add(&directory, "");
  for (int32_t i = 0; i < count; i++) {
    const size_t at = out->used;
    if (count > UINT16_MAX || files[i].bytes.used > MOST - at) {
      cli_fail("the workbook would have more than 2 GB, or 65535 sheets");
    }
    add_number(out, 0x04034b50, 4);
    add_about(out, &files[i]);
    cli_add(out, files[i].name);
    cli_add_bytes(out, files[i].bytes.bytes, files[i].bytes.used);
    add_number(&directory, 0x02014b50, 4);
    add_number(&directory, 20, 2);
    add_about(&directory, &files[i]);
    add_number(&directory, 0, 2);
    add_number(&directory, 0, 2);
    add_number(&directory, 0, 2);
    add_number(&directory, 0, 4);
    add_number(&directory, at, 4);
    cli_add(&directory, files[i].name);
  }
  const size_t start = out->used;
  cli_add_bytes(out, directory.bytes, directory.used);
  add_number(out, 0x06054b50, 4);
  add_number(out, 0, 4);
  add_number(out, (uint64_t)count, 2);
  add_number(out, (uint64_t)count, 2);
  add_number(out, directory.used, 4);
  add_number(out, start, 4);
  add_number(out, 0, 2);
}
