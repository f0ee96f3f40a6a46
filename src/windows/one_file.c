/* In place of src/cli/base/one_file.c: stat() of Windows numbers no files. */
#include <windows.h>

#include "cli.h"

/* Whether there is a file of a disk, and its numbers. */
static bool look(const char *path, BY_HANDLE_FILE_INFORMATION *about) {
  const HANDLE file = CreateFileA(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
  if (file == INVALID_HANDLE_VALUE) return false;
  const bool found = GetFileType(file) == FILE_TYPE_DISK && GetFileInformationByHandle(file, about) != 0;
  (void)CloseHandle(file);
  return found;
}

bool cli_are_one_file(const char *a, const char *b) {
  BY_HANDLE_FILE_INFORMATION first, second;
  return look(a, &first) && look(b, &second) && first.dwVolumeSerialNumber == second.dwVolumeSerialNumber &&
         first.nFileIndexHigh == second.nFileIndexHigh && first.nFileIndexLow == second.nFileIndexLow;
}
