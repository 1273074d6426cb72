DROP TABLE cache_entries;
DROP TABLE secret_values;
DROP TABLE component_revisions;
DROP TABLE components;
