* Writes tests/reference/sav/pspp.sav by PSPP, from the folder of the sources: texts that are shorter than their variables, and
* dates and times in every format. tests/core/test_sav.c knows what is in it.
DATA LIST LIST /t2 (A2) t3 (A3) t7 (A7) t12 (A12) date (DATE11) adate (ADATE10) edate (EDATE10) sdate (SDATE10) jdate (JDATE7)
  datetime (DATETIME23.2) time (TIME8) dtime (DTIME12) month (MONTH3) moyr (MOYR8) scale (F2) round (F2) kind (F2) age (F3)
  ymdhms (YMDHMS20) mtime (MTIME8).
BEGIN DATA
a no no "no" 01-JAN-2020 01/01/2020 01.01.2020 2020/01/01 2020001 "01-JAN-2020 12:30:00.25" 08:30:00 "1 02:03:04" jan "jan 2020" 0 1 1 34 "2020-01-01 12:30:00" 30:15
b yes refuse "a longer one" 31-DEC-2020 12/31/2020 31.12.2020 2020/12/31 2020366 "31-DEC-2020 00:00:00" 09:30:15 "0 00:00:01" feb "feb 2020" 10 2 2 99 "2020-12-31 00:00:00" 90:00
a dk dk dk 01-JAN-2021 01/01/2021 01.01.2021 2021/01/01 2021001 "01-JAN-2021 23:59:59" 23:59:59 "0 00:00:01" feb "feb 2020" 5 3 1 18 "2021-01-01 23:59:59" 0:01
b no no dk 15-OCT-1582 10/15/1582 15.10.1582 1582/10/15 2020001 "15-OCT-1582 00:00:01" 00:00:00 "0 00:00:02" dec "dec 2020" 7 8 3 51 "1850-01-01 00:00:01" 0:01
END DATA.
VALUE LABELS t2 'a' 'first' /t3 'no' 'No way' 'yes' 'Yes please' 'dk' 'Do not know' /t7 'no' 'No way' 'refuse' 'Refused' 'dk' 'DK'
  /t12 'no' 'No way' /scale 0 'not at all' 10 'completely' /round 1 'Round 1' 2 'Round 2' 3 'Round 3' 8 'Round 8'
  /kind 1 'red' 2 'green' 3 'blue' /age 99 'refused'.
MISSING VALUES t3 ('dk') /t7 ('dk') /age (99) /sdate ('2021/01/01').
SAVE OUTFILE='tests/reference/sav/pspp.sav'.
