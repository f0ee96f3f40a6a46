# Adds up the files of tools/coverage.sh: a table of lines and branches by file, and in the file `missed` every line or branch
# that no test runs. A branch that cannot be run from C tests is still counted.

{
  key = $1 " " $2 (NF == 4 ? " " $3 : "")
  if (!(key in most)) {
    file[key] = $1
    kind[key] = NF == 4 ? "b" : "l"
    order[++keys] = key
  }
  if ($NF + 0 >= most[key] + 0) most[key] = $NF
}

END {
  for (i = 1; i <= keys; i++) {
    key = order[i]
    f = file[key]
    if (!(f in known)) { known[f] = 1; name[++files] = f }
    all[f, kind[key]]++
    total[kind[key]]++
    if (most[key] > 0) { run[f, kind[key]]++; total_run[kind[key]]++ }
    else print key > missed
  }
  printf "%-40s %6s %7s %9s %7s\n", "", "lines", "run", "branches", "run"
  for (i = 1; i <= files; i++) {
    f = name[i]
    print row(f, all[f, "l"], run[f, "l"], all[f, "b"], run[f, "b"]) | "sort"
  }
  close("sort")
  print row("all", total["l"], total_run["l"], total["b"], total_run["b"])
}

function percent(run, all) { return all == 0 ? "-" : sprintf("%.1f %%", 100 * run / all) }
function row(name, lines, lines_run, branches, branches_run) {
  return sprintf("%-40s %6d %7s %9d %7s", name, lines, percent(lines_run, lines), branches, percent(branches_run, branches))
}
