* Writes tests/reference/sav/mrsets.sav by PSPP, from the folder of the sources: multiple-response sets of both kinds, with long
* names, numbers and texts. tests/core/test_sav.c and tests/testthat/test-multiple.R know what is in it.
SET LOCALE='UTF-8'.
DATA LIST LIST /w (F4.1) town (A1) television_watched television_bought radio (F2) first_colour second_colour third_colour (F2)
  paper website (A3).
BEGIN DATA
1.5 a 1 . 2 1 2 . "yes" ""
2 a . 1 2 2 3 2 "" "yes"
1 a 1 1 1 3 . . "no" "no"
3 a 2 2 . . . . "" ""
0.5 b 1 2 1 2 1 3 "yes" "yes"
2.5 b 9 1 1 9 . . "dk" ""
1 b 2 . 2 2 2 1 "" "no"
2 b 1 1 . 1 . . "yes" "dk"
END DATA.
VARIABLE LABELS television_watched 'Watches television' television_bought 'Bought a television' website 'Wébsite'.
VALUE LABELS television_watched television_bought radio 1 'chosen' 2 'not chosen' 9 'refused'
  /first_colour second_colour third_colour 1 'red' 2 'green' 3 'blue' 9 'refused' /paper 'yes' 'On paper'.
MISSING VALUES television_watched television_bought radio first_colour second_colour third_colour (9) paper website ('dk').
MRSETS
  /MDGROUP NAME=$media LABEL='Which médium? (1 = one)' CATEGORYLABELS=VARLABELS
    VARIABLES=television_watched television_bought radio VALUE=1
  /MCGROUP NAME=$colours LABEL='Colours, in order' VARIABLES=first_colour second_colour third_colour
  /MDGROUP NAME=$Reading CATEGORYLABELS=COUNTEDVALUES VARIABLES=paper website VALUE='yes'.
WEIGHT BY w.
SAVE OUTFILE='tests/reference/sav/mrsets.sav'.
