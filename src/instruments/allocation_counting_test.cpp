// The tests of this folder count what `process` allocates.
#include "dsp/allocation_counting.h"
