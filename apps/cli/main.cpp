// The command line: parses, calls a verb of studio, shows. Exit codes are in docs/cli.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/executor.h"
#include "build/provenance.h"
#include "compose/style.h"
#include "show.h"
#include "show_analysis.h"
#include "show_chop.h"
#include "show_fit.h"
#include "show_generate.h"
#include "show_sound.h"
#include "show_split.h"
#include "studio/add_clip.h"
#include "studio/analysis_picture.h"
#include "studio/analyze.h"
#include "studio/chop_file.h"
#include "show_master.h"
#include "show_models.h"
#include "studio/data_dir.h"
#include "studio/fit_file.h"
#include "studio/generate_music.h"
#include "studio/make_song.h"
#include "studio/make_sound.h"
#include "studio/master_file.h"
#include "studio/models.h"
#include "studio/play.h"
#include "studio/sample_instrument.h"
#include "studio/split_file.h"

namespace figment::cli {
namespace {

constexpr const char* kDefaultPrompt = "melancholic 2000s trap, 140 bpm, F minor, dark bells, sliding 808, about 2 minutes";

Progress* interrupted = nullptr;
extern "C" void on_interrupt(int) {
  if (interrupted != nullptr) interrupted->cancel();
}

struct Options {
  bool json = false, quiet = false;
  int threads = 0;
  std::optional<std::string> prompt;   // absent: the example; empty: a mistake
  std::string folder, file, family;
  std::optional<std::uint64_t> seed;
  std::vector<std::filesystem::path> files;
  studio::FitRequest fit;
  studio::AddRequest add;
  studio::ChopRequest chop;
  studio::InstrumentRequest instrument;
  studio::MakeSoundRequest sound;
  studio::GenerateRequest generate;
  studio::SplitRequest split;
  bool report = false;
  std::string kit, bass;
  std::vector<std::string> samples;
  studio::NeuralWish music;
  double music_seconds = 30;
  bool no_build = false;
  std::filesystem::path picture;
  std::string reference, target, genre;
  std::optional<double> ceiling;
  bool overwrite = false, no_picture = false;
  models::AddRequest model;
  bool force = false;
};

studio::SongRequest request_from(const Options& o) {
  studio::SongRequest request{o.prompt.value_or(kDefaultPrompt), o.folder, o.seed, "builtin", {}, o.reference, {}, 30};
  request.music = o.music;
  request.music.threads = o.threads;
  request.music_seconds = o.music_seconds;
  if (!o.kit.empty()) request.samples.push_back({"kit", o.kit});
  if (!o.bass.empty()) request.samples.push_back({"bass", o.bass});
  for (const std::string& pair : o.samples) {
    const auto sign = pair.find('=');
    if (sign == std::string::npos || sign == 0 || sign + 1 == pair.size()) throw Error(ErrorCode::InvalidArgument, "--samples \"" + pair + "\" does not say which part plays what", "for example: --samples lead=flute.wav");
    request.samples.push_back({pair.substr(0, sign), pair.substr(sign + 1)});
  }
  return request;
}

void run_song(const Options& o, const Progress& progress) {
  const auto made = studio::make_song(request_from(o), progress);
  std::cout << (o.json ? song_json(made, true) : song_text(made, true));
}

void run_midi(const Options& o, const Progress& progress) {
  const auto made = studio::write_midi(request_from(o), progress);
  std::cout << (o.json ? song_json(made, false) : song_text(made, false));
}

void run_build(const Options& o, const Progress& progress) {
  const auto report = studio::build_song(o.folder, progress);
  std::cout << (o.json ? build_json(report, o.folder) : build_text(report, o.folder));
}

void run_brief(const Options& o) {
  const auto brief = studio::show_brief(o.prompt.value_or(""));
  std::cout << (o.json ? brief.json + "\n" : brief.text);
}

void run_why(const Options& o) {
  const build::Origin origin = build::origin_of(o.folder, o.file);
  std::cout << (o.json ? build::tree_json(origin) : build::tree_text(origin));
}

void run_styles(const Options& o) {
  const auto styles = compose::list_styles(studio::find_data_dir());
  std::cout << (o.json ? styles_json(styles) : styles_text(styles, o.family));
}

void run_master(const Options& o, const Progress& progress) {
  studio::MasterRequest request{o.file, o.reference, {}, {}, o.genre == "auto" ? "" : o.genre, o.folder, o.overwrite, !o.no_picture};
  if (!o.target.empty()) request.target = studio::master_target(o.target);
  if (o.ceiling) request.ceiling = Decibels{*o.ceiling};
  const auto mastered = studio::master_file(request, progress);
  std::cout << (o.json ? master_json(mastered) : master_text(mastered));
}

void run_play(const Options& o, const Progress& progress) {
  std::error_code status;
  const std::filesystem::path path = o.file;
  studio::play(std::filesystem::is_directory(path, status) ? path / "export" / "master.wav" : path, progress);
}

void run_analyze(const Options& o, const Progress& progress) {
  const auto files = studio::analyze(o.files, progress);
  if (!o.picture.empty()) {
    if (files.size() != 1) throw Error(ErrorCode::InvalidArgument, "--picture wants one file, " + std::to_string(files.size()) + " were given");
    studio::draw_analysis(files.front().file, *files.front().analysis, o.picture, progress);
  }
  std::cout << (o.json ? studio::to_json(files) : analysis_text(files));
}

void run_fit(const Options& o, const Progress& progress) {
  const auto fitted = studio::fit_files(o.fit, progress);
  std::cout << (o.json ? fit_json(fitted) : fit_text(fitted));
}

void run_add(Options o, const Progress& progress) {
  o.add.build = !o.no_build;
  const auto added = studio::add_clip(o.add, progress);
  std::cout << (o.json ? add_json(added, o.add.song) : add_text(added, o.add.song));
}

void run_instrument(Options o, const Progress& progress) {
  o.instrument.build = !o.no_build;
  const auto set = studio::set_instrument(o.instrument, progress);
  std::cout << (o.json ? instrument_json(set, o.instrument.song) : instrument_text(set, o.instrument.song));
}

void run_chop(const Options& o, const Progress& progress) {
  const auto made = studio::chop_file(o.chop, progress);
  std::cout << (o.json ? chop_json(made) : chop_text(made));
}

void run_sound(Options o, const Progress& progress) {
  o.sound.threads = o.threads;
  const auto made = studio::make_sounds(o.sound, progress);
  std::cout << (o.json ? sound_json(made) : sound_text(made));
}

void run_generate(Options o, const Progress& progress) {
  o.generate.prompt = o.prompt.value_or("");
  o.generate.seed = o.seed;
  o.generate.neural.threads = o.threads;
  const auto made = studio::generate_music(o.generate, progress);
  std::cout << (o.json ? generated_json(made) : generated_text(made)) << std::flush;
  progress.check();        // what was kept of it is told; that it was stopped, too
}

void run_split(Options o, const Progress& progress) {
  o.split.engine.threads = o.threads;
  o.split.build = !o.no_build;
  const auto made = studio::split_files(o.split, progress);
  std::cout << (o.json ? split_json(made) : split_text(made, o.report));
}

void run_models(const Options& o) {
  const auto list = studio::list_models();
  std::cout << (o.json ? models_json(list) : models_text(list));
}

void run_models_pull(const Options& o, const Progress& progress) {
  const auto pulled = studio::pull_model(o.model.name, progress);
  std::cout << (o.json ? pulled_json(pulled) : pulled_text(pulled));
}

void run_models_add(const Options& o, const Progress& progress) {
  const auto added = studio::add_model(o.model, progress);
  std::cout << (o.json ? model_added_json(added) : model_added_text(added));
}

void run_models_verify(const Options& o, const Progress& progress) {
  const auto verified = studio::verify_models(o.model.name, progress);
  std::cout << (o.json ? verified_json(verified) : verified_text(verified)) << std::flush;
  for (const auto& model : verified)
    if (!model.problems.empty()) throw Error(ErrorCode::Corrupt, model.name + " is damaged: " + model.problems.front(), "figment models remove --force " + model.name + ", then pull or add it again");
}

void run_models_remove(const Options& o, const Progress& progress) {
  const auto removed = studio::remove_model(o.model.name, o.force, progress);
  std::cout << (o.json ? removed_json(removed) : removed_text(removed));
}

int run(int argc, char** argv) {
  CLI::App app{"Figment: a build system for songs that never existed.\n"
               "Words in; a mixed, mastered song out, with its stems, its MIDI and the document it was built from.\n"};
  app.set_version_flag("--version", "figment " FIGMENT_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer("Examples:\n"
             "  figment song \"melancholic 2000s trap, 140 bpm, F minor, dark bells, sliding 808, about 2 minutes\" -o my-song\n"
             "  figment song \"deep house, 122 bpm, rhodes, 32 bars\" --seed 7\n"
             "  figment brief \"hi-hat solo, 90 bpm, fast\"       what was understood, before anything is made\n"
             "  figment midi \"bossa nova in D minor\" -o sketch   notes only, for your own DAW\n"
             "  figment build my-song                           after editing song.json or a MIDI file\n"
             "  figment why my-song export/master.wav           where a sound comes from\n"
             "  figment song \"sad folk\" --reference clip.wav    what the words leave open is as in the clip\n"
             "  figment chop record.wav -o pack                 one-shots and loops; then: figment song \"…\" --kit pack\n"
             "  figment sound \"trap hi-hat solo, 140 bpm, fast\"  a loop; or a kick, a riser, an hour of rain\n"
             "  figment generate \"dusty lo-fi piano\" --fit my-song  a network's music, on the song's grid\n"
             "  figment split record.wav --into my-song          drums, bass, vocals and the rest, as tracks of a song\n"
             "  figment master demo.wav -r hit.flac             any sound file, mastered like another\n\n"
             "Exit codes: 0 done, 1 failed, 2 the command line makes no sense, 3 the prompt or a file makes no sense,\n"
             "            4 reading or writing failed, 130 stopped by Ctrl-C (run the same command again to go on)");
  Options o;
  const auto common = [&](CLI::App* verb) {
    verb->add_flag("--json", o.json, "print the result as JSON, for scripts");
    verb->add_flag("-q,--quiet", o.quiet, "no progress");
    verb->add_option("--threads", o.threads, "use at most so many cores (0: all)")->check(CLI::Range(0, 1024));
    return verb;
  };
  const auto with_prompt = [&](CLI::App* verb) {
    verb->add_option("prompt", o.prompt, "what you want, in words (without: an example)");
    verb->add_option("-o,--output", o.folder, "the song's folder (without: named after its title)");
    verb->add_option("--seed", o.seed, "another seed, another song (without: made from the words)");
    return verb;
  };
  auto* song = common(with_prompt(app.add_subcommand("song", "make a song from words: composed, played, mixed, mastered, exported")));
  song->add_option("--kit", o.kit, "drums of yours: a pack, a folder of one-shots, an SFZ file");
  song->add_option("--bass", o.bass, "a bass of yours: a sample, a folder of notes, an SFZ file");
  song->add_option("--samples", o.samples, "the same for any part: lead=flute.wav (repeat for more)");
  song->add_option("--music", o.music.engine, "build the song round a take of this network (musicgen-small …): its tempo, key and chords are followed");
  song->add_option("--music-seconds", o.music_seconds, "how long that take is (30)")->check(CLI::Range(4.0, 600.0));
  song->add_option("--precision", o.music.precision, "of that network: q8 (the usual), q4, f32")->check(CLI::IsMember({"f32", "q8", "q4"}));
  auto* midi = common(with_prompt(app.add_subcommand("midi", "make only the notes: song.json, midi/*.mid, song.mid")));
  for (CLI::App* verb : {song, midi}) verb->add_option("--reference", o.reference, "a sound to go by: its tempo, key, chords, groove, form and tune, where the words say nothing");
  auto* build = common(app.add_subcommand("build", "build what changed: after editing song.json or a MIDI file, or after Ctrl-C"));
  build->add_option("folder", o.folder, "the song's folder")->required();
  auto* why = common(app.add_subcommand("why", "show where a sound comes from, down to the notes"));
  why->add_option("folder", o.folder, "the song's folder")->required();
  why->add_option("file", o.file, "a file of its export folder (without: export/master.wav)");
  auto* brief = common(app.add_subcommand("brief", "show what a prompt means, and which words were not understood"));
  brief->add_option("prompt", o.prompt, "what you want, in words")->required();
  auto* styles = common(app.add_subcommand("styles", "list the musical styles"));
  styles->add_option("family", o.family, "only those of one family");
  auto* analyze = common(app.add_subcommand("analyze", "measure sound files: tempo, beats, key, chords, sections, loudness, faults"));
  analyze->add_option("files", o.files, "sound files, or folders of them")->required();
  analyze->add_option("--picture", o.picture, "also draw a PNG: waveform with beats and sections, chromagram, spectrogram");
  auto* fit = common(app.add_subcommand("fit", "lay a sound onto a song's grid: beats where they belong, whole bars, a seamless loop"));
  fit->add_option("files", o.fit.files, "sound files")->required();
  fit->add_option("--to", o.fit.song, "the folder of the song it shall fit to");
  fit->add_option("--bpm", o.fit.bpm, "or a tempo");
  fit->add_option("--metre", o.fit.metre, "with --bpm: a metre like 3/4 (without: as heard)");
  fit->add_option("--key", o.fit.key, "transpose to this key by the smallest step; \"song\": the song's");
  fit->add_option("--bars", o.fit.bars, "how many bars (without: all whole ones)")->check(CLI::Range(1, 10000));
  fit->add_option("--source-bpm", o.fit.source_bpm, "the sound's own tempo, where you know it")->check(CLI::Range(20.0, 400.0));
  fit->add_flag("--voice", o.fit.voice, "it is a voice: keep its formants when it is transposed");
  fit->add_flag("--force", o.fit.force, "fit it even where its beats are unclear");
  fit->add_flag("--best-of", o.fit.best_of, "of several files keep the one that fits best");
  fit->add_option("-o,--output", o.fit.out, "the fitted file, WAV (without: named after the sound and the tempo)");
  auto* add = common(app.add_subcommand("add", "put a sound into a song, on its grid with --fit"));
  add->add_option("song", o.add.song, "the song's folder")->required();
  add->add_option("file", o.add.file, "the sound file")->required();
  add->add_option("--at", o.add.at, "where: \"bar 9\", 9, or a section like \"chorus\" (without: bar 1)");
  add->add_option("--track", o.add.track, "the track's id; a new one is made (without: named after the file)");
  add->add_flag("--fit", o.add.fit, "lay its beats onto the song's");
  add->add_option("--bars", o.add.bars, "sound for so many bars: repeated or cut (without: once)")->check(CLI::Range(1, 20000));
  add->add_option("--source-bars", o.add.source_bars, "with --fit: use so many of its bars (without: all whole ones)")->check(CLI::Range(1, 10000));
  add->add_option("--key", o.add.key, "with --fit: transpose to this key; \"song\": the song's");
  add->add_option("--source-bpm", o.add.source_bpm, "the sound's own tempo, where you know it")->check(CLI::Range(20.0, 400.0));
  add->add_option("--loudness", o.add.loudness, "how far below the loudest element it sits, in LU")->check(CLI::Range(-60.0, 12.0));
  add->add_flag("--voice", o.add.voice, "it is a voice: keep its formants");
  add->add_flag("--force", o.add.force, "fit it even where its beats are unclear");
  add->add_flag("--no-build", o.no_build, "only change the document");
  auto* instrument = common(app.add_subcommand("instrument", "give a song's part another sound: samples of yours, or a preset"));
  instrument->add_option("song", o.instrument.song, "the song's folder")->required();
  instrument->add_option("part", o.instrument.part, "\"kit\" (all drums), a role like bass, or a track's id")->required();
  instrument->add_option("sound", o.instrument.sound, "a sample, a folder of samples, a pack, an SFZ file, or a preset like bass/808")->required();
  instrument->add_flag("--no-build", o.no_build, "only change the document");
  auto* chop = common(app.add_subcommand("chop", "cut a sound into one-shots and loops: a sample pack"));
  chop->add_option("file", o.chop.file, "the sound file")->required();
  chop->add_option("-o,--output", o.chop.pack, "the pack's folder (without: named after the sound)");
  chop->add_option("--source-bpm", o.chop.source_bpm, "the sound's own tempo, where you know it")->check(CLI::Range(20.0, 400.0));
  chop->add_flag("!--no-one-shots", o.chop.one_shots, "only loops");
  chop->add_flag("!--no-loops", o.chop.loops, "only one-shots");
  auto* sound = common(app.add_subcommand("sound", "make a sound from words: one-shots, drum loops, effects"));
  sound->add_option("prompt", o.sound.prompt, "what you want, in words")->required();
  sound->add_option("-o,--output", o.sound.out, "the file, WAV (without: named after the sound)");
  sound->add_option("--engine", o.sound.engine, "what makes it: builtin, or a network like audiogen-medium (builtin)");
  sound->add_option("--precision", o.sound.precision, "of a network: q8 (the usual), q4, f32")->check(CLI::IsMember({"f32", "q8", "q4"}));
  sound->add_option("--seconds", o.sound.seconds, "how long (without: as the words say, or as is usual)")->check(CLI::Range(0.01, 3600.0));
  sound->add_option("--seed", o.sound.seed, "another seed, another sound (without: made from the words)");
  sound->add_option("--count", o.sound.count, "so many, of seeds in a row")->check(CLI::Range(1, 999));
  auto* generate = common(app.add_subcommand("generate", "make music from words by a neural network (figment models)"));
  generate->add_option("prompt", o.prompt, "what you want to hear, in words");
  generate->add_option("-o,--output", o.generate.out, "the file, WAV (without: named after the words)");
  generate->add_option("--engine", o.generate.neural.engine, "which network (musicgen-small)");
  generate->add_option("--seconds", o.generate.seconds, "how long in all (30)");
  generate->add_option("--seed", o.seed, "another seed, other music to the same words (without: made from the words)");
  generate->add_option("--melody", o.generate.melody, "a clip whose tune is followed (musicgen-melody)");
  generate->add_option("--continue", o.generate.go_on, "a clip to go on from; the result begins with it");
  generate->add_option("--count", o.generate.count, "so many, of seeds in a row");
  generate->add_option("--fit", o.generate.song, "lay it onto the grid of this song's folder; of several keep the one that lies best");
  generate->add_flag("--force", o.generate.force, "with --fit: also where its beats are unclear");
  generate->add_option("--precision", o.generate.neural.precision, "q8 (the usual), q4 (less memory), f32 (the plain version: slow)")->check(CLI::IsMember({"f32", "q8", "q4"}));
  generate->add_option("--device", o.generate.neural.device, "cpu, or cuda where the installed LibTorch has it: half precision")->check(CLI::IsMember({"cpu", "cuda"}));
  generate->add_option("--temperature", o.generate.temperature, "how far it strays from the likeliest (1)");
  generate->add_option("--top-k", o.generate.top_k, "choose among so many likeliest (250; 0: all)");
  generate->add_option("--top-p", o.generate.top_p, "or among those that make up so much probability");
  generate->add_option("--guidance", o.generate.guidance, "how closely it follows the words (3)");
  auto* split = common(app.add_subcommand("split", "take a record apart: drums, bass, vocals and the rest, each a file"));
  split->add_option("files", o.split.files, "sound files")->required();
  split->add_option("-o,--output", o.split.out, "the stems' folder (without: NAME-stems); of several files a folder for theirs");
  split->add_option("--engine", o.split.engine.engine, "builtin, htdemucs, htdemucs_ft, htdemucs_6s (without: the best that is installed)");
  split->add_option("--two-stems", o.split.two_stems, "only this stem, and the record without it: vocals.wav and no_vocals.wav");
  split->add_option("--shifts", o.split.shifts, "split so many times, each time displaced, and take the mean: slower, a little better (0)");
  split->add_option("--overlap", o.split.overlap, "of neighbouring segments, 0 to 0.5 (without: as the engine's authors set it)");
  split->add_option("--seed", o.split.seed, "of the shifts (0)");
  split->add_option("--device", o.split.engine.device, "cpu, or cuda where the installed LibTorch has it")->check(CLI::IsMember({"cpu", "cuda"}));
  split->add_option("--precision", o.split.engine.precision, "of a network: f32, or bf16 where the processor multiplies such numbers (without: the faster; 40 dB below the stems lies what that changes)")->check(CLI::IsMember({"f32", "bf16"}));
  split->add_flag("--report", o.report, "tell what the stems hold, and which of them are ghosts");
  split->add_option("--into", o.split.into, "lay the stems into this song as tracks; where there is none, make one of the record");
  split->add_option("--chop", o.split.chop, "cut each stem into one-shots and loops: PACK/drums, PACK/bass …");
  split->add_option("--source-bpm", o.split.source_bpm, "with --into, --chop: the record's tempo, where you know it")->check(CLI::Range(20.0, 400.0));
  split->add_flag("--force", o.split.force, "with --into: also where its beats are unclear");
  split->add_flag("--no-build", o.no_build, "with --into: only write the document");
  auto* master = common(app.add_subcommand("master", "master any sound file: to a loudness and a genre's balance, or like a reference"));
  master->add_option("file", o.file, "a sound file")->required();
  master->add_option("-r,--reference", o.reference, "sound like this file: its loudness, spectrum and width");
  master->add_option("-t,--target", o.target, "streaming (-14 LUFS; without a reference the usual), club (-8), podcast (-16), or a number of LUFS");
  master->add_option("--ceiling", o.ceiling, "highest true peak in dBTP (-1)");
  master->add_option("-g,--genre", o.genre, "towards this balance of data/balance.toml (auto: the nearest)");
  master->add_option("-o,--output", o.folder, "the result: .wav (24 bit), .flac, .ogg or .mp3, or a folder (without: NAME-master.wav here)");
  master->add_flag("--overwrite", o.overwrite, "the result may replace a file");
  master->add_flag("--no-picture", o.no_picture, "no picture beside the result");
  auto* play = common(app.add_subcommand("play", "play a song or a sound file where there is a sound device"));
  play->add_option("file", o.file, "a song's folder or a sound file")->required();

  auto* models = common(app.add_subcommand("models", "neural models: list, pull, add, verify, remove"));
  models->require_subcommand(0, 1);
  auto* models_pull = common(models->add_subcommand("pull", "get a model and what it needs; again after Ctrl-C it goes on"));
  models_pull->add_option("name", o.model.name, "its name, as \"figment models\" lists it")->required();
  auto* models_add = common(models->add_subcommand("add", "take a model's files from a folder"));
  models_add->add_option("name", o.model.name, "a listed name, or one of yours with --licence")->required();
  models_add->add_option("folder", o.model.folder, "where its files lie")->required();
  models_add->add_option("--licence", o.model.licence, "of a model of yours: an SPDX name like MIT");
  models_add->add_flag("--link", o.model.link, "leave the files where they are, and point to them");
  auto* models_verify = common(models->add_subcommand("verify", "read every byte again"));
  models_verify->add_option("name", o.model.name, "only this one");
  auto* models_remove = common(models->add_subcommand("remove", "remove a model, or what a stopped pull has left"));
  models_remove->add_option("name", o.model.name, "its name")->required();
  models_remove->add_flag("--force", o.force, "even where another model needs it");

  try {
    // A word that is no command: CLI11 would only say that one is missing.
    std::string known;
    bool is_command = false;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      known += (known.empty() ? "" : ", ") + command->get_name();
      is_command = is_command || (argc > 1 && command->check_name(argv[1]));
    }
    if (argc > 1 && argv[1][0] != '-' && !is_command) {
      std::cerr << "figment: there is no command \"" << argv[1] << "\"\n  commands: " << known << "; figment --help teaches them\n";
      return 2;
    }
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }

  Meter meter(!o.quiet && !o.json);
  Progress progress([&](double fraction, std::string_view stage) { meter.show(fraction, stage); });
  interrupted = &progress;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  const ThreadLimit limit(o.threads);
  try {
    if (*song) run_song(o, progress);
    if (*midi) run_midi(o, progress);
    if (*build) run_build(o, progress);
    if (*why) {
      if (o.file.empty()) o.file = "export/master.wav";
      run_why(o);
    }
    if (*brief) run_brief(o);
    if (*styles) run_styles(o);
    if (*analyze) run_analyze(o, progress);
    if (*add) run_add(o, progress);
    if (*instrument) run_instrument(o, progress);
    if (*chop) run_chop(o, progress);
    if (*fit) run_fit(o, progress);
    if (*sound) run_sound(o, progress);
    if (*generate) run_generate(o, progress);
    if (*split) run_split(o, progress);
    if (*master) run_master(o, progress);
    if (*play) run_play(o, progress);
    if (*models_pull) run_models_pull(o, progress);
    else if (*models_add) run_models_add(o, progress);
    else if (*models_verify) run_models_verify(o, progress);
    else if (*models_remove) run_models_remove(o, progress);
    else if (*models) run_models(o);
    meter.clear();
    std::cout.flush();
    if (!std::cout) throw Error(ErrorCode::Io, "standard output cannot be written");
    return 0;
  } catch (const Error& e) {
    meter.clear();
    show_error(e, o.json);
    switch (e.code()) {
      case ErrorCode::InvalidArgument: case ErrorCode::NotFound: case ErrorCode::Corrupt: case ErrorCode::Unsupported: return 3;
      case ErrorCode::Io: case ErrorCode::Remote: return 4;
      case ErrorCode::Cancelled: return 130;
      case ErrorCode::OutOfMemory: return 1;
    }
    return 1;
  } catch (const std::bad_alloc&) {
    meter.clear();
    std::fputs("figment: out of memory\n", stderr);
    return 1;
  } catch (const std::exception& e) {
    meter.clear();
    std::fprintf(stderr, "figment: this is a mistake of ours: %s\n", e.what());
    return 1;
  }
}

}  // namespace
}  // namespace figment::cli

int main(int argc, char** argv) { return figment::cli::run(argc, argv); }
