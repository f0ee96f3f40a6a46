# Who uses whom, from lines "USER USED SYMBOL-OR-HEADER" of files src/PART/FOLDER/FILE: files of one folder use each other
# and those of floors below it. floors: "base;math io;tally", the lowest first; folders of one floor do not know each other.
# Prints what points elsewhere, or with `show` the floors, the highest first, and what each uses.
function folder(file, part) {
  split(file, part, "/")
  return part[4] == "" ? "." : part[3]
}

BEGIN {
  count = split(floors, floor, ";")
  for (i = 1; i <= count; i++) {
    n = split(floor[i], name, " ")
    for (k = 1; k <= n; k++) { height[name[k]] = i; order[++folders] = name[k] }
  }
}

{
  from = folder($1); to = folder($2)
  if (!(from in height)) odd[from] = $1
  if (!(to in height)) odd[to] = $2
  if (from == to) next
  uses[from, to]++
  if (height[from] > height[to]) next
  wrong[++wrongs] = $1 " uses " $2 " (" $3 "), which is not below it"
}

END {
  if (!show) {
    for (f in odd) print "folder " f " (" odd[f] ") is on no floor"
    for (k = 1; k <= wrongs; k++) print wrong[k]
    exit
  }
  for (k = folders; k >= 1; k--) {
    line = ""
    for (j = folders; j >= 1; j--) if ((order[k], order[j]) in uses) line = line " " order[j] " " uses[order[k], order[j]]
    printf "    %d  %-12s%s\n", height[order[k]], order[k], line == "" ? "" : "uses" line
  }
}
