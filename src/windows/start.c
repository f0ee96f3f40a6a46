/* Before the program begins: bytes go in and out as they are, and the console shows UTF-8. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

__attribute__((constructor)) static void start(void) {
  _fmode = _O_BINARY;
  (void)_setmode(0, _O_BINARY);
  (void)_setmode(1, _O_BINARY);
  (void)_setmode(2, _O_BINARY);
  (void)SetConsoleOutputCP(CP_UTF8);
}
