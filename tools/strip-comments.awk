# Prints C source without its comments and with empty string and character literals; lines keep their numbers.

{
  out = ""
  length_of_line = length($0)
  for (i = 1; i <= length_of_line; i++) {
    two = substr($0, i, 2)
    one = substr($0, i, 1)
    if (in_comment) {
      if (two == "*/") { in_comment = 0; i++ }
    } else if (two == "/*") {
      in_comment = 1
      out = out " "
      i++
    } else if (two == "//") {
      break
    } else if (one == "\"" || one == "'") {
      out = out one one
      for (i++; i <= length_of_line && substr($0, i, 1) != one; i++)
        if (substr($0, i, 1) == "\\") i++
    } else {
      out = out one
    }
  }
  print out
}
