/*
 * device.h: what a user agent says of its device, for people.
 */
#ifndef JERRY_DEVICE_H
#define JERRY_DEVICE_H

#define DEVICE_UNKNOWN "unknown"

/*
 * "Firefox on Linux", "curl", "Android": browser and system as far as our small
 * table knows them, or DEVICE_UNKNOWN.  NULL is unknown.  Whoever asks may
 * claim to be anything: it is a help to the eye, and no proof.
 */
extern const char *device_label(const char *user_agent);

#endif /* JERRY_DEVICE_H */
