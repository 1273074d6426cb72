//! The library functions that plain expressions may call.

use std::collections::HashSet;
use std::sync::OnceLock;

/// Functions whose work and result are bounded by their input. What is not named here is heavy, so
/// that a function of a newer library is heavy until someone has thought about it. `fromjson` and
/// `tonumber` are here because ours bound the depth they read to.
const PLAIN: &str = "
    @base64 @base64d @csv @html @htmld @json @sh @text @tsv @uri @urid

    arrays booleans finites iterables normals nulls numbers objects scalars strings values
    isarray isboolean isempty isfinite isinfinite isnan isnormal isnumber isobject isstring isvalid
    all any empty error false first last nth not null select true type IN

    add bsearch contains del delpaths flatten from_entries getpath group_by has in index indices
    inside join keys keys_unsorted leaf_paths length map map_values max max_by min min_by path
    paths pick reverse rindex setpath sort sort_by to_entries toarray unique unique_by with_entries

    ascii ascii_downcase ascii_upcase capture endswith explode fromjson gsub implode ltrim ltrimstr
    match rtrim rtrimstr scan split splits startswith sub test toboolean tojson tonumber tostring
    trim trimstr utf8bytelength

    abs acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh exp exp10 exp2 expm1
    fabs floor fma fmax fmin fmod have_decnum have_literal_numbers hypot infinite ldexp log log10
    log1p log2 nan pow pow10 rint round sin sinh sqrt tan tanh trunc

    date dateadd datesub fromdate fromdateiso8601 gmtime localtime mktime now strflocaltime
    strftime strptime todate todateiso8601
";

/// Whether a call of this function leaves an expression plain.
pub(super) fn is_plain(function: &str) -> bool {
    static NAMES: OnceLock<HashSet<&str>> = OnceLock::new();
    NAMES.get_or_init(|| PLAIN.split_whitespace().collect()).contains(function)
}
