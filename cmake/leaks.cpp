// Linked into every program that is built with sanitizers: what other libraries keep until the program ends is no leak
// of ours.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig\n"; }
