// SPDX-License-Identifier: Apache-2.0
// What the daemon says when it refuses, in Chinese. The left is its own format with %s for whatever is filled in; {1}, {2} on
// the right are those values, and each of them is said in Chinese too where it is a sentence of this list.
// test/refusals.test.ts compares the list with the daemon's sources.
export const refusalsZh: Record<string, string> = {
  // control
  '%s may look, not command': '{1} 只能查看，不能操作',
  'control is with %s: take it first': '控制权在 {1}：请先接管',
  'nobody has control: take it first': '当前无人控制：请先接管',
  'busy: try again': '忙：请重试',
  'too many questions wait: ask again': '等待处理的请求过多：请重试',
  'the recorder is late: nothing was done, try again': '记录写入滞后：未执行任何操作，请重试',
  '%s is not for the daemon': '{1} 不是给监护程序的命令',

  // the case
  'a case is running: end it first': '病例正在进行：请先结束',
  'a replay is not recorded': '回放不会被记录',
  'no case is running': '没有正在进行的病例',
  'what was recorded is not changed: use a label': '已记录的内容不可更改：请使用标注',
  '%s: no channel of this name': '{1}：没有此名称的通道',
  '%s is not for a person to mark': '{1} 不能由人工标记',
  'there is no alarm %s': '没有报警 {1}',
  'a pause of %s s: 1 to %s s': '暂停 {1} 秒：须为 1 至 {2} 秒',
  'the case is still running: end it first': '病例仍在进行：请先结束',
  'no case was recorded since lsrd started': 'lsrd 启动以来没有记录过病例',
  '%s files are being made: wait for one of them': '正在生成 {1} 个文件：请等待其中一个完成',
  'the command line has too many options for this': '命令行选项过多，无法执行此操作',
  'no place for the file': '没有存放文件的位置',
  'a pipe': '管道',
  'another lsrd': '另一个 lsrd 进程',
  'what: signals, sweeps or findings': 'what：须为 signals、sweeps 或 findings',
  'the stretch ends before it begins': '时段的终点早于起点',
  'language: en or zh': 'language：须为 en 或 zh',

  // marks
  'phase is dura_open, decompressed or closing, and since a time past: since=-20s':
    'phase 须为 dura_open、decompressed 或 closing，since 为过去的时间：since=-20s',
  'branch names a branch: branch=zygomatic': 'branch 须为刺激支的名称：branch=zygomatic',
  'baseline can be taken: baseline=take': 'baseline 只能取 take：baseline=take',
  'stimulation is on or off': 'stimulation 须为 on 或 off',
  'intensity is a current: intensity=21mA': 'intensity 须为电流：intensity=21mA',
  'tof counts twitches, 0 to 4': 'tof 为四个成串刺激的反应次数，0 至 4',
  'ack names an alarm: ack=lsr_recurred': 'ack 须为报警的名称：ack=lsr_recurred',
  'undo names the sample of a mark: undo=123456': 'undo 须为标记所在的样本：undo=123456',
  'set names an option: set=section.key=value': 'set 须为选项：set=section.key=value',
  'channel_off names a channel and says why: channel_off=MENT needle out': 'channel_off 须写通道和原因：channel_off=MENT 针已脱出',
  'channel_on names a channel: channel_on=MENT': 'channel_on 须为通道：channel_on=MENT',
  'device is lost or back': 'device 须为 lost 或 back',
  'recording is stopped or resumed': 'recording 须为 stopped 或 resumed',
  'overrun counts frames': 'overrun 为帧数',
  'case is start or end': 'case 须为 start 或 end',

  // replay, labels, lessons
  'this replay runs through to its end': '此回放将一直播放到结束',
  'this is a live source, not a replay': '这是实时信号，不是回放',
  'there is no stimulus that way': '该方向没有刺激',
  'the recording is still being read: try again': '仍在读取记录：请重试',
  'a loop has its ends in order, %s s apart or more': '循环的终点须在起点之后，相隔至少 {1} 秒',
  'a replay keeps its settings: "what if" tries others': '回放保持原有设置：可在“假如”中试用其他设置',
  'this is for a recorded case': '此操作用于已记录的病例',
  'this is for a recorded file': '此操作用于已记录的文件',
  '%s says what the channels are': '通道由 {1} 规定',
  '%s cannot be written': '{1} 无法写入',
  '%s: a case directory keeps its own lsrd.conf': '{1}：病例目录使用自己的 lsrd.conf',
  'the course is for `lsrd replay --course`': '课程须以 `lsrd replay --course` 启动',
  'lesson: 1 to %s': '课次：1 至 {1}',
  'label: lsr_gone, lsr_returned, true_train or artifact': '标注须为 lsr_gone、lsr_returned、true_train 或 artifact',
  '%s: no channel of this case': '{1}：此病例没有该通道',
  'a label lies within the case, its end behind its start': '标注须在病例之内，终点在起点之后',
  'the label is too long': '标注过长',
  'a case holds at most %s labels': '一个病例最多 {1} 个标注',
  'there is no label %s': '没有标注 {1}',
  '%s: this is its value': '{1}：已是此值',
  '%s.%s changes no finding': '{1}.{2} 不影响任何判定',

  // options
  '%s takes effect at the next case': '{1} 在下一病例生效',
  '%s %s takes effect at the next case': '{1} {2} 在下一病例生效',
  'a montage takes effect at the next case: end this one first': '导联方案在下一病例生效：请先结束当前病例',
  '%s options differ: end the case first': '有 {1} 个选项不同：请先结束病例',
  '%s: no such option': '{1}：没有此选项',
  'lsrd runs without a configuration file': 'lsrd 未使用配置文件运行',
  '%s: over %s bytes': '{1}：超过 {2} 字节',
  'cannot write beside it': '无法在同一目录写入',
  'cannot write it anew': '无法重新写入',
  'cannot replace it': '无法替换',
  '%s: no section [%s]': '{1}：没有配置节 [{2}]',
  '%s: section [%s] %s': '{1}：配置节 [{2}] {3}',
  'needs a title: section.title.key': '须有标题：section.title.key',
  'has no titles': '没有标题',
  '%s: no key %s in [%s]': '{1}：[{3}] 中没有选项 {2}',
  '%s: at most %s sections [%s ...]': '{1}：最多 {2} 个配置节 [{3} ...]',
  '%s: section.key=value is wanted': '{1}：须写作 section.key=value',
  '%s: section and key have 1 to %s bytes': '{1}：节名和选项名为 1 至 {2} 字节',
  '%s: a title has at most %s bytes': '{1}：标题最多 {2} 字节',
  '%s: a title is plain text without , or ]': '{1}：标题为不含 , 和 ] 的文字',
  '%s...: the value is too long': '{1}……：值过长',
  'not a number; %s': '不是数字；须为 {1}',
  'the unit is missing (%s); %s': '缺少单位（{1}）；须为 {2}',
  'something stands behind the number; %s': '数字后有多余内容；须为 {1}',
  'unknown unit (it has %s); %s': '未知单位（可用 {1}）；须为 {2}',
  'beyond any number; %s': '数字过大；须为 {1}',
  'out of range; %s': '超出范围；须为 {1}',
  'unknown type': '未知类型',
  'yes or no': 'yes 或 no',
  'did you mean %s? %s': '是否指 {1}？{2}',
  'a whole number; %s': '须为整数；{1}',
  'at most %s bytes': '最多 {1} 字节',
  'UTF-8 text without control characters and without # or ; behind a space': 'UTF-8 文字，不含控制字符，空格后不可有 # 或 ;',
  'a label is empty; labels with commas between': '有空的标签；标签之间用逗号分隔',
  'a label has at most %s bytes': '一个标签最多 {1} 字节',
  'labels are UTF-8 text without control characters, # or ;': '标签为不含控制字符、# 和 ; 的 UTF-8 文字',
  'at most %s labels': '最多 {1} 个标签',
  'the label %s stands twice': '标签 {1} 重复',
  'a range is LOW .. HIGH; %s': '范围写作 低值 .. 高值；须为 {1}',
  'the low end must lie below the high end': '低值须小于高值',
  'labels with commas between': '标签，之间用逗号分隔',
  'one of %s': '以下之一：{1}',
  '%s to %s, both ends': '两端均为 {1} 至 {2}',
  '%s to %s': '{1} 至 {2}',

  // montage
  "a profile's name has no slash": '方案名称不能含斜杠',
  "a profile's name has 1 to 60 bytes and begins with no dot": '方案名称为 1 至 60 字节，不以点开头',
  'a profile %s is there: choose another name': '已有方案 {1}：请另取名称',
  'branch.%s.%s = %s: no such channel; there are %s': 'branch.{1}.{2} = {3}：没有此通道；现有 {4}',
  none: '无',
  'more than %s channels': '超过 {1} 个通道',
  'channel.%s.input = %s: a number from 1, or two with a minus between': 'channel.{1}.input = {2}：须为从 1 起的数字，或以减号相连的两个',
  'channel.%s.input = %s: the source has %s inputs': 'channel.{1}.input = {2}：信号源有 {3} 个输入',
  'stimulus.trigger = %s: no input has this label; name one, or `artifact`':
    'stimulus.trigger = {1}：没有此标签的输入；请写一个输入，或 `artifact`',
  'branch.%s.control: one channel, not %s': 'branch.{1}.control：须为一个通道，而非 {2} 个',
  'branch.%s.control = %s: is judged on this branch already': 'branch.{1}.control = {2}：已在此刺激支判读',
  'branch.%s.direct: one channel, not %s': 'branch.{1}.direct：须为一个通道，而非 {2} 个',
  'branch.%s.lateral: at least one channel': 'branch.{1}.lateral：至少一个通道',
  'branch.%s.lateral = %s: is its direct channel': 'branch.{1}.lateral = {2}：这是它的直接通道',
  'branch.%s.lateral = %s: named twice': 'branch.{1}.lateral = {2}：重复',
  'no channel with a voltage to watch': '没有可监测电压的通道',

  // devices
  'cannot be opened': '无法打开',
  'has no configuration': '没有可用的设置',
  'no period and buffer fit': '没有合适的周期和缓冲',
  'refuses its software parameters': '拒绝软件参数',
  'cannot be waited for': '无法等待其数据',
  'cannot be started': '无法启动',
  'alarm.pcm %s': '报警声 {1}',
  'is gone': '已断开',
  'stands still': '停滞',
  "the sounder's thread": '报警声线程',
  '%s does not do %s; it offers %s': '{1} 不支持 {2}；它提供 {3}',
  nothing: '无',
  'mapped access': '映射访问',
  'interleaved frames': '交错帧',
  '%s channel': '{1} 个通道',
  '%s channels': '{1} 个通道',
  '%s to %s channels': '{1} 至 {2} 个通道',
  'S16, S24_3LE, S24, S32 or FLOAT': 'S16、S24_3LE、S24、S32 或 FLOAT',
  'no format that lsrd takes: S16, S24_3LE, S24, S32 or FLOAT, little-endian': '没有 lsrd 可用的格式：S16、S24_3LE、S24、S32 或 FLOAT，小端',
  'no rate from 8 to 192 kHz': '没有 8 至 192 kHz 的采样率',
  'more than 64 channels, and no fewer': '超过 64 个通道，且不能更少',
};

// The system's own words, as the C library and ALSA say them.
const systemZh: Record<string, string> = {
  'Permission denied': '没有权限',
  'Operation not permitted': '操作不被允许',
  'No such file or directory': '没有此文件或目录',
  'No such device': '没有此设备',
  'No such device or address': '没有此设备或地址',
  'Device or resource busy': '设备正被占用',
  'No space left on device': '磁盘空间不足',
  'Read-only file system': '文件系统只读',
  'Input/output error': '输入输出错误',
  'Invalid argument': '参数无效',
  'File exists': '文件已存在',
  'Not a directory': '不是目录',
  'Is a directory': '是目录',
  'File name too long': '文件名过长',
  'Too many open files': '打开的文件过多',
  'Cannot allocate memory': '内存不足',
  'Disk quota exceeded': '超出磁盘配额',
  'Broken pipe': '管道已断开',
  'Connection refused': '连接被拒绝',
  "cannot find card '%s'": '找不到声卡 {1}',
  'Unknown PCM %s': '未知的设备 {1}',
  'Host is down': '设备已断开',
};

interface Pattern { pattern: RegExp; chinese: string }

const literal = (format: string): number => format.replaceAll('%s', '').length;

// The most particular first.
const patterns: Pattern[] = Object.entries({ ...refusalsZh, ...systemZh })
  .sort(([a], [b]) => literal(b) - literal(a))
  .map(([format, chinese]) => ({
    pattern: new RegExp(`^${format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%s', '(.+?)')}$`), chinese,
  }));

// How sentences are put together.
const joints: Pattern[] = [{ pattern: /^(.+?); (.+)$/, chinese: '{1}；{2}' }, { pattern: /^(.+?): (.+)$/, chinese: '{1}：{2}' },
  { pattern: /^(.+?) \((.+)\)$/, chinese: '{1}（{2}）' }];

const fill = (chinese: string, parts: string[]): string => chinese.replace(/\{(\d)\}/g, (_, i: string) => parts[Number(i)] ?? '');

// English that is in no list stays as it is.
export function refusalInChinese(text: string): string {
  for (const { pattern, chinese } of patterns) {
    const found = pattern.exec(text);
    if (found !== null) return fill(chinese, ['', ...found.slice(1).map(refusalInChinese)]);
  }
  for (const { pattern, chinese } of joints) {
    const found = pattern.exec(text)?.slice(1);
    const parts = found?.map(refusalInChinese);
    if (parts?.some((part, i) => part !== found?.[i]) === true) return fill(chinese, ['', ...parts]);
  }
  return text;
}
