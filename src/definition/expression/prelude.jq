def toboolean:
  if isboolean then . elif . == "true" then true elif . == "false" then false
  else error("cannot parse as boolean") end;
def add: if . == null then null else add(.[]) end;
def toarray: if isarray then . else [.] end;
def trimstr($x): ltrimstr($x) | rtrimstr($x);
def ascii: [.] | implode;
def leaf_paths: paths(scalars);
def isvalid(f): try (f | true) catch false;
def have_literal_numbers: true;
def have_decnum: false;
def IN(s): . as $x | any(s; . == $x);
def IN(src; s): any(src; IN(s));
def INDEX(stream; f): reduce stream as $row ({}; . + {($row | f | tostring): $row});
def INDEX(f): INDEX(.[]; f);
def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def date: todate;
def dateadd(unit; n): . + n;
def datesub(unit; n): . - n;
def localtime: gmtime;
def strflocaltime(f): strftime(f);
def @csv: [.[] | if isstring then "\"" + (split("\"") | join("\"\"")) + "\""
  elif . == null then "" elif isarray or isobject then error("a list or object cannot be a cell") else tostring end] | join(",");
def @tsv: [.[] | if isstring then split("\\") | join("\\\\") | split("\t") | join("\\t") | split("\n") | join("\\n") | split("\r") | join("\\r")
  elif . == null then "" elif isarray or isobject then error("a list or object cannot be a cell") else tostring end] | join("\t");
