/*
 * 1.1.0 to 1.2.0: what changes in objects that exist, but for functions whose body or definition is replaced (changed).
 */
