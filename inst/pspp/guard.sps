* Read by CSTABULATE and CSPLAN, under ERROR=STOP, before any file of the session: PSPP stops here if the command of the
* shell before this one failed (its file is not there), or if others can get at the files. ERROR=STOP does not look at the last
* command of a file.

PERMISSIONS FILE=!WEEG_STARTED PERMISSIONS=WRITEABLE.
HOST COMMAND=[!WEEG_CHECK].
ERASE FILE=!WEEG_STARTED.
