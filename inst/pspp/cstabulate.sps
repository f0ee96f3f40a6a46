* CSTABULATE and CSPLAN for PSPP: percentages, standard errors and tests for complex samples, by the program weeg.
* `weeg pspp install` writes this file with the places of the program and of the files of sessions.
* How it works: the request and the active data set go to files of this session, weeg answers with syntax that
* prints pivot tables, and that syntax is run. weeg reads the first line of the request: after TEMPORARY, where no scratch
* variable lasts, it is written for every case. PSPP reads no file of the session that the guard has not let pass.
* See README.md beside this file.

DEFINE !WEEG_STARTED () "@FOLDER@/started" !ENDDEFINE.
DEFINE !WEEG_CHECK () "exec '@PROGRAM@' pspp check '@FOLDER@'" !ENDDEFINE.
HOST COMMAND=["exec '@PROGRAM@' pspp init '@FOLDER@'"].
INSERT FILE="@GUARD@" ERROR=STOP.
INSERT FILE="@FOLDER@/session.sps".
ERASE FILE="@FOLDER@/session.sps".

DEFINE !WEEG_ASK (!POSITIONAL !CMDEND)
HOST COMMAND=[!WEEG_BEGIN].
INSERT FILE="@GUARD@" ERROR=STOP.
NUMERIC #weeg_said.
DO IF (#weeg_said = 0).
COMPUTE #weeg_said = 1.
WRITE OUTFILE=!WEEG_REQUEST /!QUOTE(!1) ' ;'.
END IF.
!ENDDEFINE.

DEFINE CSTABULATE (!POSITIONAL !CMDEND)
!WEEG_ASK CSTABULATE !1.
SAVE OUTFILE=!WEEG_DATA /UNSELECTED=DELETE.
HOST COMMAND=[!WEEG_RUN].
INSERT FILE=!WEEG_RESULT.
!ENDDEFINE.

DEFINE CSPLAN (!POSITIONAL !CMDEND)
!WEEG_ASK CSPLAN !1.
EXECUTE.
HOST COMMAND=[!WEEG_RUN].
INSERT FILE=!WEEG_RESULT.
!ENDDEFINE.
