/* SPDX-License-Identifier: Apache-2.0 */
/* Looks words up. */
#include "daemon/words.h"

#include <stddef.h>
#include <string.h>

static const struct word report_words[] = {
    {"report.title", {"Report of an intraoperative EMG case", "术中肌电监测报告"}},
    {"report.started", {"Started", "开始时间"}},
    {"report.length", {"Length", "时长"}},
    {"report.site", {"Site", "手术间"}},
    {"report.signal", {"Signal", "信号"}},
    {"report.timeline", {"Course", "经过"}},
    {"report.trend", {"Amplitude of every judged sweep", "每次扫描的波幅"}},
    {"report.overlay",
     {"Baseline (grey) and the last valid sweeps (blue)", "基线（灰）与最后的有效扫描（蓝）"}},
    {"report.endpoint", {"Endpoint", "终点"}},
    {"report.evidence", {"Evidence", "依据"}},
    {"report.changes", {"Changes of state", "状态变化"}},
    {"report.alarms", {"Alarms", "报警"}},
    {"report.marks", {"Marks of the team", "人员标记"}},
    {"report.events", {"Free-running EMG", "自由肌电"}},
    {"report.not_judged", {"Not judged", "未判读"}},
    {"report.settings", {"Configuration at the start", "开始时的配置"}},
    {"report.versions", {"Versions", "版本"}},
    {"report.recorded_with", {"recorded with", "记录程序"}},
    {"report.made_with", {"report made with", "报告程序"}},
    {"report.case_state", {"Case directory", "病例目录"}},
    {"report.case_recording", {"still recording", "仍在记录"}},
    {"report.case_interrupted", {"interrupted", "曾中断"}},
    {"report.case_repaired", {"repaired after an interruption", "中断后已修复"}},
    {"report.case_closed", {"closed", "已关闭"}},
    {"report.calibration", {"Calibration", "校准"}},
    {"report.time", {"time", "时间"}},
    {"report.branch", {"branch", "刺激支"}},
    {"report.channel", {"channel", "通道"}},
    {"report.state", {"state", "状态"}},
    {"report.because", {"because", "原因"}},
    {"report.priority", {"priority", "优先级"}},
    {"report.acknowledged", {"acknowledged after", "知悉用时"}},
    {"report.cleared", {"ended after", "持续"}},
    {"report.by", {"by", "人员"}},
    {"report.baseline", {"baseline", "基线"}},
    {"report.then", {"then", "当时"}},
    {"report.value", {"value", "数值"}},
    {"report.limit", {"limit", "限值"}},
    {"report.required", {"required", "必需"}},
    {"report.advisory", {"advisory", "参考"}},
    {"report.role_direct", {" (M)", "（M 波）"}},
    {"report.role_control", {" (control)", "（对照）"}},
    {"report.taken_out",
     {"taken out, as activity was recognised later", "次事后剔除（随后识别出肌电活动）"}},
    {"report.none", {"none", "无"}},
    {"report.more", {"and more, in the case's journal", "其余见病例记录"}},
    {"report.responses", {"responses in valid sweeps", "有效扫描中的反应"}},
    {"report.bound", {"response rate below (95 %)", "反应率低于（95 %）"}},
    {"report.m_wave", {"M wave of baseline", "M 波占基线"}},
    {"report.train_time", {"A-train time", "A-train 时间"}},
    {"report.stimuli", {"stimuli", "刺激"}},
    {"report.delivered", {"delivered", "已输出"}},
    {"report.sweeps", {"sweeps", "扫描"}},
    {"report.valid", {"valid", "有效"}},
    {"report.withheld", {"endpoint withheld", "终点暂不判断"}},
    {"report.unconfirmed", {"criteria met, not confirmed by a person", "达到标准，未经人员核实"}},
    {"report.research",
     {"For research and training, not a medical device. The page shows what the detectors said; it "
      "is no advice.",
      "仅供科研与培训，非医疗器械。本报告为检测器的输出，不构成医疗建议。"}},
    {0},
};

bool language_find(const char *name, enum language *out)
{
    static const char *const names[LANGUAGES] = {"en", "zh"};
    for (int i = 0; i < LANGUAGES; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (enum language)i;
            return true;
        }
    return false;
}

static const char *find(const struct word *table, enum language l, const char *prefix,
                        const char *code)
{
    const size_t length = strlen(prefix);
    for (; table->key; table++)
        if (strncmp(table->key, prefix, length) == 0 && strcmp(table->key + length, code) == 0)
            return table->text[l];
    return NULL;
}

const char *word_of(enum language l, const char *prefix, const char *code)
{
    const char *found = find(report_words, l, prefix, code);
    if (!found)
        found = find(word_table, l, prefix, code);
    return found ? found : code;
}
